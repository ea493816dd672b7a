package dev.muster.web;

import dev.muster.bundle.BundleFiles.Download;
import java.nio.charset.StandardCharsets;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.CacheControl;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Answers that are files of bundles. */
final class BundleDownloads {

  private BundleDownloads() {}

  static ResponseEntity<InputStreamResource> of(Download download) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .contentLength(download.bytes())
        .header(HttpHeaders.CONTENT_DISPOSITION, attachment(download.name()))
        .body(new InputStreamResource(download.content()));
  }

  /** To be saved under this name. */
  static String attachment(String name) {
    return ContentDisposition.attachment()
        .filename(name, StandardCharsets.UTF_8)
        .build()
        .toString();
  }
}
