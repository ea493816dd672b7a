package dev.muster.api;

import dev.muster.http.Attachment;
import java.io.InputStream;
import java.util.Map;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Answers that are files. */
final class Downloads {

  private static final Map<String, MediaType> TYPES =
      Map.of(
          "json",
          MediaType.APPLICATION_JSON,
          "csv",
          MediaType.parseMediaType("text/csv;charset=utf-8"));

  private Downloads() {}

  /** A file that is saved under its own name. */
  static ResponseEntity<Resource> of(String name, long bytes, InputStream content) {
    return answer(Attachment.named(name), name, bytes, content);
  }

  /**
   * A file that says what it is of where it is saved.
   *
   * @param of what the file's manifest, bundle or list is called
   */
  static ResponseEntity<Resource> of(String of, String name, long bytes, InputStream content) {
    return answer(Attachment.named(of, name), name, bytes, content);
  }

  private static ResponseEntity<Resource> answer(
      ContentDisposition savedAs, String name, long bytes, InputStream content) {
    HttpHeaders headers = new HttpHeaders();
    headers.setContentDisposition(savedAs);
    headers.setContentType(
        TYPES.getOrDefault(
            name.substring(name.lastIndexOf('.') + 1), MediaType.APPLICATION_OCTET_STREAM));
    headers.setContentLength(bytes);
    return ResponseEntity.ok().headers(headers).body(new InputStreamResource(content));
  }
}
