package dev.muster.cli;

import dev.muster.access.AuditLog.Outcome;
import dev.muster.audit.AuditTrail;
import dev.muster.audit.AuditTrail.Line;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "audit", description = "Who did what, when and from where, newest first.")
final class AuditCommand extends ApplicationCommand {

  private static final String ROW = "%-10s %-21s %-20s %-22s %-8s %s";

  @Mixin private ListOptions list = new ListOptions();

  @Option(names = "--actor", paramLabel = "TEXT", description = "By this person or account.")
  private @Nullable String actor;

  @Option(names = "--action", paramLabel = "TEXT", description = "Whose name begins so.")
  private @Nullable String action;

  @Option(names = "--subject", paramLabel = "TEXT", description = "With this in its subject.")
  private @Nullable String subject;

  @Option(
      names = "--outcome",
      paramLabel = "OUTCOME",
      description = "Only these: ${COMPLETION-CANDIDATES}.")
  private @Nullable Outcome outcome;

  @Mixin private PeriodOptions at = new PeriodOptions();

  AuditCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    AuditTrail audit = beans.get(AuditTrail.class);
    var filter = new AuditTrail.Filter(actor, action, subject, outcome, at.period());
    return list.print(
        options.output(),
        () -> audit.all(filter),
        number -> audit.page(filter, null, number),
        "Nothing is like that.",
        ROW.formatted("ENTRY", "AT", "WHO", "ACTION", "OUTCOME", "SUBJECT"),
        AuditCommand::row);
  }

  private static String row(Line line) {
    return ROW.formatted(
        line.number(),
        Output.time(line.at()),
        line.actor(),
        line.action(),
        line.outcome(),
        line.subject());
  }
}
