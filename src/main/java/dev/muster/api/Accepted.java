package dev.muster.api;

import dev.muster.renewal.BackgroundRenewals.Begun;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** Answers to what goes on afterwards. */
final class Accepted {

  private Accepted() {}

  /** 202 with its first run, or 200 when none was needed. */
  static ResponseEntity<Begun> unlessDone(Begun begun) {
    if (begun.nothingToDo()) {
      return ResponseEntity.ok(begun);
    }
    return at(
        begun.execution() == null ? "/api/executions" : "/api/executions/" + begun.execution(),
        begun);
  }

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
