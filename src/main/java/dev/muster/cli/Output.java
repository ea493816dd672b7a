package dev.muster.cli;

import dev.muster.export.JsonLine;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Where a command's words go: results to standard output, everything else to standard error. */
record Output(CommandLine commandLine, boolean json) {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** A time as people read it, in UTC; empty when there is none. */
  static String time(@Nullable Instant instant) {
    return instant == null ? "" : TIME.format(instant);
  }

  void line(String line) {
    if (!json) {
      commandLine.getOut().println(line);
    }
  }

  void json(Object value) {
    commandLine.getOut().println(JsonLine.of(value));
    commandLine.getOut().flush();
  }

  /** Prints a list: as JSON, or its head and each one's line, or that there is nothing in it. */
  <T> int list(List<T> found, String none, String head, Function<T, String> line) {
    if (json) {
      json(found);
    } else if (found.isEmpty()) {
      line(none);
    } else {
      line(head);
      found.forEach(one -> line(line.apply(one)));
    }
    return ExitCodes.OK;
  }

  /** Does something with each, and says of each that it is done, or why not. */
  <T> int each(List<T> all, Predicate<T> deed, String done, Function<T, String> refused) {
    int exitCode = ExitCodes.OK;
    for (T one : all) {
      if (deed.test(one)) {
        line(done.formatted(one));
      } else {
        error(refused.apply(one));
        exitCode = ExitCodes.FAILED;
      }
    }
    return exitCode;
  }

  void error(String sentence) {
    commandLine.getErr().println(sentence);
  }

  /**
   * Whether progress bars make sense: standard error is a terminal. Java can't tell on all
   * versions, so the launchers in {@code jobs/} do.
   */
  boolean progress() {
    return "true".equals(System.getenv("MUSTER_PROGRESS"));
  }

  /** A terminal must not be told what to do by a manifest. */
  static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> visible.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return visible.toString();
  }
}
