package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a file is that is no CSV, by its first bytes.
 *
 * @param magic the bytes with which it begins, as Latin-1
 */
record FileKind(String magic, String name, String advice) {

  private static final String EXPORT = "Save the sheet as CSV (“CSV UTF-8”) and send that.";
  private static final String UNPACK = "Unpack it and send the CSV file that is inside.";
  private static final String DECRYPT = "Send it without that, or decrypted.";
  private static final String EXPORT_CSV = "Export it as CSV.";

  private static final List<FileKind> KINDS =
      List.of(
          new FileKind("PK\3\4", "a ZIP archive", UNPACK),
          new FileKind("\u00D0\u00CF\u0011\u00E0", "a workbook of an older Excel", EXPORT),
          new FileKind("\u001F\u008B", "gzip inside gzip", "Pack it once."),
          new FileKind("BZh", "packed with bzip2", UNPACK),
          new FileKind("\u00FD7zXZ", "packed with xz", UNPACK),
          new FileKind("(\u00B5/\u00FD", "packed with zstd", UNPACK),
          new FileKind("7z\u00BC\u00AF", "a 7-Zip archive", UNPACK),
          new FileKind("Rar!", "a RAR archive", UNPACK),
          new FileKind("%PDF", "a PDF", "Export the table as CSV."),
          new FileKind("age-encryption.org/", "encrypted with age", DECRYPT),
          new FileKind("-----BEGIN AGE", "encrypted with age", DECRYPT),
          new FileKind("-----BEGIN PGP", "an OpenPGP message", DECRYPT),
          new FileKind("SQLite format 3", "an SQLite database", EXPORT_CSV),
          new FileKind("PAR1", "a Parquet file", EXPORT_CSV),
          new FileKind("\u0000\u0000\u00FE\u00FF", "UTF-32", "Save it as UTF-8."),
          new FileKind("\u00FF\u00FE\u0000\u0000", "UTF-32", "Save it as UTF-8."));

  private static final FileKind WORKBOOK = new FileKind("", "a workbook (XLSX, ODS)", EXPORT);
  private static final FileKind JSON = new FileKind("", "JSON", EXPORT_CSV);
  private static final FileKind MARKUP =
      new FileKind(
          "",
          "a web page or XML",
          "If it was downloaded, it may be the page that asks for a password. Send the CSV file.");
  private static final FileKind UTF_16 =
      new FileKind(
          "", "UTF-16 without a byte order mark", "Save it as UTF-8, or as UTF-16 with the mark.");

  /** The refusal of a file that begins like this; null when it may be CSV. */
  static @Nullable ManifestRefusedException refusal(byte[] head) {
    FileKind kind = of(head);
    return kind == null
        ? null
        : new ManifestRefusedException(
            kind.equals(UTF_16) || kind.name.equals("UTF-32")
                ? RefusalCode.NOT_UTF8
                : RefusalCode.NOT_CSV,
            "The file is not CSV, but %s. %s".formatted(kind.name, kind.advice));
  }

  private static @Nullable FileKind of(byte[] head) {
    String bytes = new String(head, StandardCharsets.ISO_8859_1);
    for (FileKind kind : KINDS) {
      if (bytes.startsWith(kind.magic)) {
        boolean workbook =
            kind.magic.equals("PK\3\4")
                && (bytes.contains("[Content_Types].xml")
                    || bytes.contains("xl/")
                    || bytes.contains("opendocument.spreadsheet"));
        return workbook ? WORKBOOK : kind;
      }
    }
    if (twoBytesACharacter(head, 0) || twoBytesACharacter(head, 1)) {
      return UTF_16;
    }
    int start = Edges.start(head, 0, head.length);
    String text = bytes.substring(start).toLowerCase(Locale.ROOT);
    if (text.matches("(?s)\\{\\s*[\"}].*|\\[\\s*[{\\[\"\\]].*")) {
      return JSON;
    }
    return text.matches("(?s)<[!?a-z].*") ? MARKUP : null;
  }

  /** Whether every second byte is NUL, and none of the others. */
  private static boolean twoBytesACharacter(byte[] head, int nul) {
    int pairs = Math.min(head.length, 64) / 2;
    for (int i = 0; i < pairs; i++) {
      if (head[2 * i + nul] != 0 || head[2 * i + 1 - nul] == 0) {
        return false;
      }
    }
    return pairs > 1;
  }
}
