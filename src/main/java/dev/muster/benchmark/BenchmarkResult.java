package dev.muster.benchmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the comparison found: medians over its rounds.
 *
 * @param ratioToCopy how many times as fast as the plain COPY Muster is
 * @param ratioToStock how many times as fast as the stock recipe; null when that did not take part
 */
public record BenchmarkResult(
    long rows,
    int rounds,
    Way copy,
    Way muster,
    @Nullable Way stock,
    double ratioToCopy,
    @Nullable Double ratioToStock) {

  /**
   * One of the three.
   *
   * @param all the seconds of every round
   * @param peakRssMb the most memory of Muster's process, in megabytes (10^6 bytes); null for the
   *     others
   */
  public record Way(
      double seconds, long rowsPerSecond, List<Double> all, @Nullable Long peakRssMb) {

    static Way of(long rows, List<Double> all, @Nullable Long peakRssMb) {
      List<Double> sorted = all.stream().sorted().toList();
      double median =
          sorted.size() % 2 == 1
              ? sorted.get(sorted.size() / 2)
              : (sorted.get(sorted.size() / 2 - 1) + sorted.get(sorted.size() / 2)) / 2;
      return new Way(
          rounded(median),
          Math.round(rows / median),
          all.stream().map(BenchmarkResult::rounded).toList(),
          peakRssMb);
    }
  }

  static BenchmarkResult of(
      long rows,
      int rounds,
      List<Double> copy,
      List<Double> muster,
      List<Double> stock,
      long peakRssMb) {
    Way plain = Way.of(rows, copy, null);
    Way ours = Way.of(rows, muster, peakRssMb);
    Way recipe = stock.isEmpty() ? null : Way.of(rows, stock, null);
    return new BenchmarkResult(
        rows,
        rounds,
        plain,
        ours,
        recipe,
        rounded(plain.seconds() / ours.seconds()),
        recipe == null ? null : rounded(recipe.seconds() / ours.seconds()));
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
