package dev.muster.api;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** Answers to what goes on afterwards. */
final class Accepted {

  private Accepted() {}

  /** 202, with the address where one sees what becomes of it. */
  static <T> ResponseEntity<T> at(String path, T body) {
    return ResponseEntity.accepted()
        .header(
            HttpHeaders.LOCATION,
            ServletUriComponentsBuilder.fromCurrentContextPath()
                .path(path)
                .build()
                .encode()
                .toUriString())
        .body(body);
  }
}
