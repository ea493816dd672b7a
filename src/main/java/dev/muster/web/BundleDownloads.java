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

  static ResponseEntity<InputStreamResource> of(Download download) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .contentLength(download.bytes())
        .header(HttpHeaders.CONTENT_DISPOSITION, Attachment.named(download.name()).toString())
        .body(new InputStreamResource(download.content()));
  }
}
