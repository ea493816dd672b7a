package dev.muster.cli;

import dev.muster.language.Words;
import dev.muster.signin.Sessions;
import dev.muster.signin.Sessions.Session;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "sessions",
    description = {
      "Who is signed in at the console, at any instance; whose session was used last first.",
      "",
      "jobs/sessions end ends one, or all of an account. Whoever's is ended signs in anew; to keep"
          + " an account out, disable it at the identity provider first."
    })
final class SessionsCommand extends ApplicationCommand {

  private static final String ROW = "%-36s  %-20s  %-20s  %-15s  %-20s  %s";

  static final class SessionConverter implements ITypeConverter<UUID> {
    @Override
    public UUID convert(String value) {
      return DevicesCommand.IdConverter.whole(
          value, "'%s' is no number of a session. jobs/sessions lists them."::formatted);
    }
  }

  SessionsCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    return options
        .output()
        .list(
            beans.get(Sessions.class).all(),
            "Nobody is signed in.",
            ROW.formatted("SESSION", "SIGNED IN", "LAST USED", "FROM", "WHO", "ACCOUNT"),
            SessionsCommand::row,
            one -> one.browser().isEmpty() ? null : one.browser(),
            " ".repeat(38));
  }

  private static String row(Session one) {
    return ROW.formatted(
        one.id(),
        Output.time(one.signedInAt()),
        Output.time(one.lastUsedAt()),
        one.address(),
        one.name(),
        one.account());
  }

  @Command(name = "end", description = "Ends a session, or all sessions of an account.")
  int end(
      @Mixin HelpOption subHelp,
      @Parameters(
              arity = "0..1",
              paramLabel = "SESSION",
              converter = SessionConverter.class,
              description = "As jobs/sessions lists it.")
          @Nullable UUID session,
      @Option(
              names = "--account",
              paramLabel = "ACCOUNT",
              description = "All of this account, as jobs/sessions lists it.")
          @Nullable String account) {
    Output output = subHelp.output();
    if ((session == null) == (account == null)) {
      throw new ParameterException(
          output.commandLine(), "Name a session, or an account (--account).");
    }
    Sessions sessions = beans.get(Sessions.class);
    if (session != null) {
      sessions.end(session);
    } else if (account != null) {
      sessions.endAll(account);
    }
    output.line(
        beans.get(Words.class).of(session != null ? "audit.done.session" : "audit.done.account"));
    return ExitCodes.OK;
  }
}
