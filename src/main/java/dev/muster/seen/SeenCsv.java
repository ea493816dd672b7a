package dev.muster.seen;

import dev.muster.access.RefusedException;
import dev.muster.seen.SaidSigns.Said;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.Iterator;

/**
 * A file that says when devices were seen: the header {@code device_id,seen_at}, and a line each.
 * Neither a GUID nor a time has a comma in it, so nothing is quoted.
 */
public final class SeenCsv {

  private static final String HEADER = "device_id,seen_at";

  private SeenCsv() {}

  /**
   * Its rows, as they are read; blank lines are none. {@code csv} stays the caller's.
   *
   * @throws RefusedException when it has another header
   */
  public static Iterator<Said> rows(Reader csv) throws IOException {
    BufferedReader lines = new BufferedReader(csv);
    String header = lines.readLine();
    String plain = header == null ? "" : header.replace("\uFEFF", "").replaceAll("[\\s\"]", "");
    if (!plain.equalsIgnoreCase(HEADER)) {
      throw new RefusedException(
          "It has to begin with the line %s, and then has a device and a time on each."
              .formatted(HEADER));
    }
    return lines.lines().filter(line -> !line.isBlank()).map(SeenCsv::row).iterator();
  }

  private static Said row(String line) {
    int comma = line.indexOf(',');
    return comma < 0
        ? new Said(line.strip(), null)
        : new Said(line.substring(0, comma).strip(), line.substring(comma + 1).strip());
  }
}
