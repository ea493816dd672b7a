package dev.muster.web;

import dev.muster.watching.ChangeStreams;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events: that something is different, not what; pages then ask for their parts. One
 * page of a browser listens for all of them ({@code live.js}).
 */
@Page
class LivePages {

  private final ChangeStreams events;

  LivePages(ChangeStreams events) {
    this.events = events;
  }

  @GetMapping(path = "/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  ResponseEntity<SseEmitter> live(
      HttpSession session,
      @RequestParam(required = false) @Nullable String heard,
      @RequestHeader(name = ChangeStreams.LAST_HEARD, required = false) @Nullable String last) {
    SseEmitter emitter = events.open(session.getId(), last == null ? heard : last);
    if (emitter == null) {
      return ResponseEntity.status(HttpStatus.TOO_MANY_REQUESTS).build();
    }
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .header("X-Accel-Buffering", "no")
        .body(emitter);
  }
}
