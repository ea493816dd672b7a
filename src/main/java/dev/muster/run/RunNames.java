package dev.muster.run;

import dev.muster.language.Words;
import dev.muster.run.ExecutionDetail.StepProgress;
import java.util.Locale;

/** What runs, their steps and how those stand are called, in the reader's language. */
public final class RunNames {

  private static final String STATE = "layout.state.";

  private final Words words;

  public RunNames(Words words) {
    this.words = words;
  }

  /** What an execution is, for people: a refused manifest's is not merely failed. */
  public String status(ExecutionSummary execution) {
    return switch (execution.exitCode()) {
      case RunOutcome.REFUSED -> state("REFUSED");
      case RunOutcome.WITHDRAWN -> state("WITHDRAWN");
      case RunOutcome.HELD ->
          state(execution.status().equals("FAILED") ? "HELD" : execution.status());
      case RunOutcome.TOO_MANY_REJECTS ->
          state(execution.status().equals("FAILED") ? "TOO_MANY_REJECTS" : execution.status());
      default -> state(execution.status());
    };
  }

  /** What a state of whatever runs or arrives is called. */
  public String state(Object code) {
    String word = code.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
    return switch (word) {
      case "started", "starting" -> words.of(STATE + "running");
      case "nightly" -> words.of(STATE + "waits-for-the-night");
      default -> words.word(STATE, word);
    };
  }

  /** What a step does. */
  public String step(StepProgress step) {
    return words.word("layout.step.", step.step(), step.title());
  }

  /** What somebody did about a run, or anything that the audit keeps: {@code restarted it}. */
  public String action(String action) {
    return words.word("runs.action.", action.replace('.', '-'), action);
  }

  /** By which way something arrived. */
  public String source(String source) {
    return words.word("runs.source.", source);
  }

  /** Why a row was refused, in a few words. */
  public String reject(String code) {
    return words.word("runs.reject.", code);
  }
}
