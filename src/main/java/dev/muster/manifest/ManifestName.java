package dev.muster.manifest;

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

  private ManifestName() {}

  /** The name of a manifest that was sent under this file name. */
  public static String of(String fileName) {
    String name = ENDING.matcher(fileName).replaceFirst("");
    name = LEADING_DOTS.matcher(UNFIT.matcher(name).replaceAll("_")).replaceFirst("");
    if (name.isEmpty()) {
      return "manifest";
    }
    return name.length() > MAX_LENGTH ? name.substring(0, MAX_LENGTH) : name;
  }
}
