package dev.muster.http;

import dev.muster.export.Export;
import dev.muster.export.ExportFormat;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.springframework.http.CacheControl;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;

/**
 * Answers a request with an export. In the request's own thread, which no timeout of asynchronous
 * requests ends; an export that fails on its way ends without the last chunk, so that whoever takes
 * it notices.
 */
public final class ExportDownload {

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private ExportDownload() {}

  /**
   * Sends all of it, as a file.
   *
   * @param list what the file's name begins with
   * @param extension of an {@link ExportFormat}
   */
  public static void send(
      String list, Export<?, ?> export, String extension, HttpServletResponse response)
      throws IOException {
    ExportFormat format = ExportFormat.of(extension);
    response.setContentType(format.mediaType());
    response.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.noStore().getHeaderValue());
    response.setHeader(
        HttpHeaders.CONTENT_DISPOSITION,
        ContentDisposition.attachment()
            .filename(
                "%s-%s.%s"
                    .formatted(
                        list, FILE_TIME.format(Clock.systemUTC().instant()), format.extension()))
            .build()
            .toString());
    export.write(
        format,
        new BufferedWriter(
            new OutputStreamWriter(response.getOutputStream(), StandardCharsets.UTF_8)));
  }
}
