package dev.muster.cli;

import dev.muster.run.RunStep;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.StepProgressed;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** A bar for each step, drawn on standard error while somebody watches. */
@Component
final class ProgressBars implements AutoCloseable {

  private static final int REDRAW_MILLISECONDS = 100;

  private boolean watched;
  private @Nullable ProgressBar bar;
  private @Nullable RunStep step;

  /** From here until {@link #close()} bars are drawn, if so asked. */
  synchronized ProgressBars start(boolean draw) {
    watched = draw;
    return this;
  }

  @EventListener
  synchronized void on(StepProgressed progress) {
    if (!watched) {
      return;
    }
    if (bar == null || !progress.step().equals(step)) {
      finish();
      step = progress.step();
      bar =
          new ProgressBarBuilder()
              .setTaskName("%-8s".formatted(progress.step().name()))
              .setInitialMax(progress.total())
              .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
              .setUpdateIntervalMillis(REDRAW_MILLISECONDS)
              .setUnit(unit(progress.step()), unitSize(progress.step()))
              .showSpeed()
              .build();
    }
    bar.stepBy(progress.more());
  }

  private static String unit(RunStep step) {
    return step.counts() == Counts.BYTES ? " MB" : " rows";
  }

  private static long unitSize(RunStep step) {
    return step.counts() == Counts.BYTES ? 1_000_000 : 1;
  }

  private void finish() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  @Override
  public synchronized void close() {
    finish();
    watched = false;
  }
}
