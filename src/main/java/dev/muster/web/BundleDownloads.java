package dev.muster.web;

import dev.muster.bundle.BundleFiles.Download;
import dev.muster.http.Attachment;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Answers that are files of bundles. */
final class BundleDownloads {

  private BundleDownloads() {}

  /**
   * The answer.
   *
   * @param of what the file's manifest or bundle is called
   */
  static ResponseEntity<InputStreamResource> of(String of, Download download) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .contentLength(download.bytes())
        .header(HttpHeaders.CONTENT_DISPOSITION, Attachment.named(of, download.name()).toString())
        .body(new InputStreamResource(download.content()));
  }
}
