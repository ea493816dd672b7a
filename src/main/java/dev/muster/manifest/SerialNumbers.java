package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Watches serial numbers go by for what spreadsheets do to them: long numbers in scientific
 * notation, apostrophes, and one number filled down over many rows. Such are taken, with a warning.
 *
 * <p>Repetitions are found without keeping every number: each of the slots holds the one that
 * prevails in it (Boyer and Moore), so a count is a lower bound, and one that is rare may be
 * missed.
 */
final class SerialNumbers {

  private static final int SLOTS = 1 << 10;
  private static final int MANY = 10;
  private static final int MOST_NAMED = 3;

  private final long[] prevailing = new long[SLOTS];
  private final int[] counts = new int[SLOTS];
  private final Map<Long, Repeated> repeated = new LinkedHashMap<>();
  private long scientific;
  private long apostrophes;
  private long firstScientificLine;
  private @Nullable String firstScientific;

  private record Repeated(String serial, int times) {}

  void see(byte[] text, int start, int end, long line) {
    long hash = (long) end - start;
    int exponent = -1;
    for (int i = start; i < end; i++) {
      byte b = text[i];
      hash = hash * 31 + b;
      if (b == 'E' || b == 'e') {
        exponent = i;
      }
    }
    if (exponent > start && isScientific(text, start, exponent, end)) {
      scientific++;
      if (firstScientific == null) {
        firstScientific = new String(text, start, end - start, StandardCharsets.UTF_8);
        firstScientificLine = line;
      }
      return;
    }
    if (text[start] == '\'') {
      apostrophes++;
    }
    int slot = (int) ((hash * 0x9E3779B97F4A7C15L) >>> 54);
    if (prevailing[slot] == hash) {
      counts[slot]++;
      if (counts[slot] >= MANY) {
        repeat(hash, counts[slot], text, start, end);
      }
    } else if (counts[slot] == 0) {
      prevailing[slot] = hash;
      counts[slot] = 1;
    } else {
      counts[slot]--;
    }
  }

  private void repeat(long hash, int times, byte[] text, int start, int end) {
    Repeated before = repeated.get(hash);
    if (before != null) {
      repeated.put(hash, new Repeated(before.serial(), before.times() + 1));
    } else if (repeated.size() < MOST_NAMED) {
      repeated.put(
          hash, new Repeated(new String(text, start, end - start, StandardCharsets.UTF_8), times));
    }
  }

  /** Digits with at most one point or comma, E, a sign, digits. */
  private static boolean isScientific(byte[] text, int start, int exponent, int end) {
    int points = 0;
    for (int i = start; i < exponent; i++) {
      if (text[i] == '.' || text[i] == ',') {
        points++;
      } else if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    int sign = exponent + 1;
    if (points > 1 || end - sign < 2 || (text[sign] != '+' && text[sign] != '-')) {
      return false;
    }
    for (int i = sign + 1; i < end; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    return true;
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (scientific > 0) {
      warnings.add(
          "%,d serial %s like '%s' (line %d), which is what a spreadsheet makes of a long number. Format the column as text and send it again."
              .formatted(
                  scientific,
                  scientific == 1 ? "number looks" : "numbers look",
                  firstScientific,
                  firstScientificLine));
    }
    if (apostrophes > 0) {
      warnings.add(
          "%,d serial %s with an apostrophe, as spreadsheets put it before a text."
              .formatted(apostrophes, apostrophes == 1 ? "number begins" : "numbers begin"));
    }
    for (Repeated number : repeated.values()) {
      warnings.add(
          "At least %,d devices have the serial number '%s'."
              .formatted(number.times(), number.serial()));
    }
    return warnings;
  }
}
