package dev.muster.cli;

import dev.muster.export.Period;
import dev.muster.registry.ServiceRecord;
import dev.muster.registry.ServiceRecords;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "service",
    description = {
      "What was done to devices where they are; what was written last first.",
      "",
      "With --what it writes down something that was done to one."
    })
final class ServiceCommand extends ApplicationCommand {

  private static final String ROW = "%-21s %-36s %-24s %-16s %s";

  @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "Of this device: its GUID.")
  private @Nullable String device;

  @Option(
      names = "--what",
      paramLabel = "TEXT",
      description = "Write down that this was done, in a few words: 'battery changed'.")
  private @Nullable String what;

  @Option(names = "--note", paramLabel = "TEXT", description = "What else there is to say of it.")
  private @Nullable String note;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "When it was done: 2026-11-25T16:00 (UTC); now, when left out.")
  private @Nullable String at;

  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = "--installed",
      negatable = true,
      description = "Only installations, or only what is none.")
  private @Nullable Boolean installed;

  @Mixin private PeriodOptions done = new PeriodOptions();

  ServiceCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    UUID id = device == null ? null : DevicesCommand.IdsConverter.one(device, output.commandLine());
    if (what == null && (note != null || at != null)) {
      throw new ParameterException(
          output.commandLine(), "--note and --at say more of what --what says.");
    }
    ServiceRecords records = beans.get(ServiceRecords.class);
    if (what != null) {
      if (id == null) {
        throw new ParameterException(output.commandLine(), "Say to which device it was done.");
      }
      Period time = PeriodOptions.period(output.commandLine(), at, null);
      ServiceRecord kept = records.add(id, what, note, time.from());
      if (output.json()) {
        output.json(List.of(kept));
      } else {
        output.line(row(kept));
      }
      return ExitCodes.OK;
    }
    var filter = new ServiceRecords.Filter(id, false, installed, done.period());
    return list.print(
        output,
        () -> records.all(filter),
        number -> records.page(filter, null, number),
        "There are no service records.",
        ROW.formatted("DONE", "DEVICE", "WHAT", "BY", "NOTE"),
        ServiceCommand::row);
  }

  private static String row(ServiceRecord one) {
    return ROW.formatted(
            Output.time(one.doneAt()),
            one.device(),
            one.what(),
            Objects.toString(one.actor(), "–"),
            Objects.toString(one.note(), ""))
        .stripTrailing();
  }
}
