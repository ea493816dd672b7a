package dev.muster.upload;

import dev.muster.manifest.Updates;
import java.io.InputStream;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file as it is sent.
 *
 * @param fileName what its sender calls it; folders before it are left away
 * @param content read to its end, and not closed
 * @param announcedSha256 of the file as it is sent, in hex; null when its sender did not say
 * @param announcedRows null when its sender did not say
 * @param signature as {@link dev.muster.factory.SignedFile} has it; null when there is none
 * @param updates what a manifest may change of devices that are there; null: as its factory may
 */
public record Upload(
    String factory,
    String fileName,
    InputStream content,
    @Nullable String announcedSha256,
    @Nullable Long announcedRows,
    @Nullable String signature,
    @Nullable Updates updates) {

  /** How many characters of a name are kept; the last ones, because they hold its ending. */
  private static final int MAX_NAME = 200;

  private static final Pattern UNFIT =
      Pattern.compile("\\p{Cntrl}|\\p{Cs}|[\\u202A-\\u202E\\u2066-\\u2069]");

  public Upload {
    fileName = fit(fileName);
    announcedSha256 =
        announcedSha256 == null || announcedSha256.isBlank()
            ? null
            : announcedSha256.strip().toLowerCase(Locale.ROOT);
    signature = signature == null || signature.isBlank() ? null : signature.strip();
  }

  private static String fit(String name) {
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    String visible = UNFIT.matcher(last).replaceAll("_").strip();
    String fit = visible.isEmpty() ? "unnamed.csv" : visible;
    return fit.length() > MAX_NAME ? fit.substring(fit.length() - MAX_NAME) : fit;
  }
}
