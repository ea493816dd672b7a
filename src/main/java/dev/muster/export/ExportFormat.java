package dev.muster.export;

import java.util.Arrays;
import java.util.Locale;

/** How what is taken away is written. */
public enum ExportFormat {
  /** RFC 4180, with a header, in UTF-8 with a byte order mark; safe to open in a spreadsheet. */
  CSV("text/csv;charset=utf-8"),
  /** An object a line, in UTF-8, as the API answers it. */
  JSONL("application/jsonl");

  private final String mediaType;

  ExportFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  public String mediaType() {
    return mediaType;
  }

  /** How a file's name ends that holds it: {@code csv}. */
  public String extension() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Of an extension.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static ExportFormat of(String extension) {
    return Arrays.stream(values())
        .filter(format -> format.extension().equals(extension))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'%s' is no format of exports: there are csv and jsonl.".formatted(extension)));
  }
}
