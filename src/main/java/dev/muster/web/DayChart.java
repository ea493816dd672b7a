package dev.muster.web;

import dev.muster.watching.Overview.Day;
import java.util.ArrayList;
import java.util.List;

/**
 * Days as bars. Lengths are in the units of the drawing, which scales as a whole.
 *
 * @param scale what the highest bar may stand for at most
 */
record DayChart(List<Bar> bars, long scale, long provisioned, long rejected, long manifests) {

  static final int HEIGHT = 160;

  private static final int BAR = 14;
  private static final int STEP = 20;
  private static final int LEFT = 12;

  /**
   * A day's bar: devices below, refused rows on top of them.
   *
   * @param rejectedHeight at least one where any row was refused
   */
  record Bar(Day day, int x, int width, int y, int height, int rejectedY, int rejectedHeight) {}

  static DayChart of(List<Day> days) {
    long most = days.stream().mapToLong(day -> day.provisioned() + day.rejected()).max().orElse(0);
    long scale = rounded(most);
    List<Bar> bars = new ArrayList<>();
    for (Day day : days) {
      int height = height(day.provisioned(), scale);
      int rejected = height(day.rejected(), scale);
      bars.add(
          new Bar(
              day,
              LEFT + bars.size() * STEP,
              BAR,
              HEIGHT - height,
              height,
              Math.max(0, HEIGHT - height - rejected),
              rejected));
    }
    return new DayChart(
        bars,
        scale,
        days.stream().mapToLong(Day::provisioned).sum(),
        days.stream().mapToLong(Day::rejected).sum(),
        days.stream().mapToLong(Day::manifests).sum());
  }

  private static int height(long value, long scale) {
    return value == 0 ? 0 : (int) Math.max(1, value * HEIGHT / scale);
  }

  /** The next number that people write easily. */
  private static long rounded(long most) {
    long step = 1;
    while (step * 10 <= most) {
      step *= 10;
    }
    long scale = step;
    while (scale < most) {
      scale += step;
    }
    return scale;
  }
}
