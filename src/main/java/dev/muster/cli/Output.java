package dev.muster.cli;

import dev.muster.access.RefusedException;
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

  /**
   * Prints one line; what would be more than text in it, an end of the line too, is made visible.
   */
  void line(String line) {
    if (!json) {
      commandLine.getOut().println(visible(line));
    }
  }

  /** Prints a text that may have several lines, such as what a library says; each begins so. */
  void lines(String indent, String text) {
    text.lines().forEach(line -> line(indent + line.replace('\t', ' ')));
  }

  void json(Object value) {
    commandLine.getOut().println(JsonLine.of(value));
    commandLine.getOut().flush();
  }

  /** Sees to it that all that was printed has gone where it is to. */
  void mustBeWritten() {
    if (commandLine.getOut().checkError()) {
      throw new RefusedException("Not all of it could be written.");
    }
  }

  /** Prints a list: as JSON, or its head and each one's line, or that there is nothing in it. */
  <T> int list(List<T> found, String none, String head, Function<T, String> line) {
    return list(found, none, head, line, one -> null, "");
  }

  /** As above, and below a line what there is to say of that one, indented. */
  <T> int list(
      List<T> found,
      String none,
      String head,
      Function<T, String> line,
      Function<T, @Nullable String> below,
      String indent) {
    if (json) {
      json(found);
    } else if (found.isEmpty()) {
      line(none);
    } else {
      line(head);
      for (T one : found) {
        line(line.apply(one));
        String more = below.apply(one);
        if (more != null) {
          lines(indent, more);
        }
      }
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
    error(commandLine, sentence);
  }

  /** Says on standard error what went wrong; a library's message may have several lines. */
  static void error(CommandLine commandLine, @Nullable String text) {
    String.valueOf(text).lines().forEach(line -> commandLine.getErr().println(visible(line)));
  }

  /**
   * Whether progress bars make sense: standard error is a terminal. Java can't tell on all
   * versions, so the launchers in {@code jobs/} do.
   */
  boolean progress() {
    return "true".equals(System.getenv("MUSTER_PROGRESS"));
  }

  /**
   * A terminal must not be told what to do by a manifest, or by what a file or a device is called.
   */
  private static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                visible.appendCodePoint(
                    Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        ? '\uFFFD'
                        : c));
    return visible.toString();
  }
}
