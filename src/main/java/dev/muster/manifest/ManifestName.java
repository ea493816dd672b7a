package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What a manifest is called: its file's name without the ending, fit to name a folder on any file
 * system.
 */
public final class ManifestName {

  private static final Pattern ENDING = Pattern.compile("(?i)\\.csv(\\.gz)?$|\\.gz$");
  private static final Pattern UNFIT = Pattern.compile("[^\\p{L}\\p{N}._-]");
  private static final Pattern LEADING_DOTS = Pattern.compile("^\\.+");
  private static final int MAX_LENGTH = 80;

  /** In UTF-8: with a bundle's hash and mark behind it, it still names a folder (255 bytes). */
  private static final int MAX_BYTES = 220;

  private ManifestName() {}

  /** The name of a manifest that was sent under this file name. */
  public static String of(String fileName) {
    String name = ENDING.matcher(fileName).replaceFirst("");
    name = LEADING_DOTS.matcher(UNFIT.matcher(name).replaceAll("_")).replaceFirst("");
    if (name.isEmpty()) {
      return "manifest";
    }
    return name.substring(0, end(name));
  }

  /** Never in the middle of a character. */
  private static int end(String name) {
    int end = 0;
    int bytes = 0;
    while (end < name.length()) {
      int next = name.offsetByCodePoints(end, 1);
      bytes += name.substring(end, next).getBytes(StandardCharsets.UTF_8).length;
      if (next > MAX_LENGTH || bytes > MAX_BYTES) {
        return end;
      }
      end = next;
    }
    return end;
  }
}
