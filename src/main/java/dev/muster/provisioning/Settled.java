package dev.muster.provisioning;

import dev.muster.run.RunOutcome;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * What the step {@code settle} found out.
 *
 * @param devicesByHub how many devices of the manifest are in the registry, by the name of their
 *     hub
 * @param updated how many devices it is to change
 * @param cutLines the last line of each part of the bundle but the last
 */
record Settled(
    Map<String, Long> devicesByHub,
    long unchanged,
    long updated,
    Map<String, Long> rejectsByCode,
    List<Long> cutLines) {

  private static final String HUBS = "devicesByHub";
  private static final String UNCHANGED = "unchanged";
  private static final String UPDATED = "updated";
  private static final String REJECTS = "rejectsByCode";
  private static final String CUT_LINES = "cutLines";

  long accepted() {
    return RunOutcome.sum(devicesByHub);
  }

  long rejected() {
    return RunOutcome.sum(rejectsByCode);
  }

  long rows() {
    return accepted() + unchanged + updated + rejected();
  }

  int parts() {
    return cutLines.size() + 1;
  }

  long afterLine(int part) {
    return part == 1 ? 0 : cutLines.get(part - 2);
  }

  long lastLine(int part) {
    return part == parts() ? Integer.MAX_VALUE : cutLines.get(part - 1);
  }

  static Settled from(ExecutionContext context) {
    return new Settled(
        counts(context.getString(HUBS)),
        context.getLong(UNCHANGED, 0),
        context.getLong(UPDATED, 0),
        counts(context.getString(REJECTS)),
        words(context.getString(CUT_LINES)).stream().map(Long::valueOf).toList());
  }

  void to(ExecutionContext context) {
    context.putString(HUBS, text(devicesByHub));
    context.putLong(UNCHANGED, unchanged);
    context.putLong(UPDATED, updated);
    context.putString(REJECTS, text(rejectsByCode));
    context.putString(
        CUT_LINES, cutLines.stream().map(String::valueOf).collect(Collectors.joining(" ")));
  }

  private static String text(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(count -> count.getKey() + "=" + count.getValue())
        .collect(Collectors.joining(" "));
  }

  private static Map<String, Long> counts(String text) {
    Map<String, Long> counts = new TreeMap<>();
    for (String word : words(text)) {
      int equals = word.lastIndexOf('=');
      counts.put(word.substring(0, equals), Long.valueOf(word.substring(equals + 1)));
    }
    return counts;
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
  }
}
