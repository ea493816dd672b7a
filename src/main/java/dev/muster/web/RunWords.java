package dev.muster.web;

import dev.muster.bundle.Purpose;
import dev.muster.factory.DeliveryPlace;
import dev.muster.language.Words;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.RunNames;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How pages put what runs and arrivals say in codes. */
@Component("runs")
class RunWords {

  /** What has a page of its own, by its number or id. */
  private static final Pattern SUBJECT =
      Pattern.compile("(execution|arrival|manifest|device)=(\\d{1,18}|[0-9a-f-]{36})(?![^ ,;])");

  private final Words words;
  private final RunNames names;

  RunWords(Words words) {
    this.words = words;
    names = new RunNames(words);
  }

  /** Where what an entry of the audit is about can be seen; null when it has no page. */
  public @Nullable String page(String subject) {
    Matcher matcher = SUBJECT.matcher(subject);
    if (!matcher.lookingAt()) {
      return null;
    }
    return switch (matcher.group(1)) {
      case "execution" -> "/executions/" + matcher.group(2);
      case "arrival" -> "/arrivals/" + matcher.group(2);
      case "manifest" -> "/manifests/" + matcher.group(2);
      default -> "/devices?id=" + matcher.group(2);
    };
  }

  public String reject(String code) {
    return names.reject(code);
  }

  public String action(String action) {
    return names.action(action);
  }

  /** What a job does. */
  public String job(String job, String title) {
    return words.word("runs.job.", job, title);
  }

  /** What a run counts: {@code rows}. */
  public String count(String what) {
    return words.word("runs.count.", what);
  }

  /** What an execution is, for people: a refused manifest's is not merely failed. */
  public String status(ExecutionSummary execution) {
    return names.status(execution);
  }

  /** What it is called where it is shown ({@code layout.state.…}). */
  public String words(Object code) {
    return names.state(code);
  }

  /** What a step does. */
  public String step(StepProgress step) {
    return names.step(step);
  }

  /** What an execution of a step does; a part of one ({@code load:2}) has its number. */
  public String stepExecution(StepSummary step) {
    String name = step.name();
    int part = name.indexOf(':');
    return part < 0
        ? words.word("layout.step.", name)
        : words.word("layout.step.", name.substring(0, part)) + " " + name.substring(part + 1);
  }

  /** By which way something arrived. */
  public String source(String source) {
    return names.source(source);
  }

  public String purpose(Purpose purpose) {
    return words.word("runs.purpose.", purpose.name());
  }

  public String deliver(@Nullable DeliveryPlace place) {
    String where = place == null ? "last" : place.name();
    return words.word("runs.deliver.", where);
  }

  /** The class of the badge for a state of whatever it is. */
  public String badge(Object state) {
    return "badge "
        + switch (state.toString().toUpperCase(Locale.ROOT)) {
          case "STARTED", "STARTING", "RUNNING", "STOPPING", "ANSWERING" -> "badge-busy";
          case "COMPLETED", "DELIVERED", "DONE", "FETCHED", "CONFIRMED" -> "badge-ok";
          case "FAILED", "HELD", "INTERRUPTED", "REFUSED", "UNKNOWN", "DENIED" -> "badge-bad";
          case "STOPPED", "NIGHTLY", "TOO MANY REJECTS", "ON ITS WAY" -> "badge-wait";
          default -> "badge-off";
        };
  }

  /** The step that a run is at, or was at when it ended. */
  public @Nullable StepProgress current(List<StepProgress> steps) {
    StepProgress current = null;
    for (StepProgress step : steps) {
      if (!step.status().equals("WAITING")) {
        current = step;
      }
    }
    return current;
  }

  /** As {@link #visible}, for text of several lines. */
  public String visibleLines(@Nullable String text) {
    return text == null ? "" : visible(text.replace("\t", "    ")).replace("\u240A", "\n");
  }

  /** Text from outside, as {@link VisibleText} has it. */
  public String visible(@Nullable String text) {
    return VisibleText.of(text);
  }
}
