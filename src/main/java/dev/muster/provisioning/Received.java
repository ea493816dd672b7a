package dev.muster.provisioning;

import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRange;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * What the step {@code receive} found out.
 *
 * @param ranges what each worker of the step {@code load} reads
 */
record Received(int manifestId, long rows, List<ManifestRange> ranges, ManifestFormat format) {

  private static final String MANIFEST_ID = "manifestId";
  private static final String ROWS = "rows";
  private static final String RANGES = "ranges";
  private static final String FORMAT = "format";

  static boolean isIn(ExecutionContext context) {
    return context.containsKey(MANIFEST_ID);
  }

  static Received from(ExecutionContext context) {
    return new Received(
        context.getInt(MANIFEST_ID),
        context.getLong(ROWS),
        Arrays.stream(context.getString(RANGES).split(" ", -1)).map(Received::range).toList(),
        ManifestFormat.parse((String) context.get(FORMAT)));
  }

  void to(ExecutionContext context) {
    context.putInt(MANIFEST_ID, manifestId);
    context.putLong(ROWS, rows);
    context.putString(
        RANGES,
        ranges.stream()
            .map(range -> range.offset() + "-" + range.end() + "@" + range.line())
            .collect(Collectors.joining(" ")));
    if (format.json() != null) {
      context.putString(FORMAT, format.json());
    }
  }

  private static ManifestRange range(String text) {
    String[] numbers = text.split("[-@]", -1);
    return new ManifestRange(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }
}
