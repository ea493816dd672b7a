package dev.muster.api;

import dev.muster.watching.ChangeStreams;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

@Api
@Tag(name = "Events", description = "That something is different.")
class EventsApi {

  private final ChangeStreams streams;

  EventsApi(ChangeStreams streams) {
    this.streams = streams;
  }

  @GetMapping(path = "/api/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Operation(
      summary = "Server-sent events: that something is different, not what",
      description =
          "`runs` or `arrivals`, whichever instance did it; what is different is then asked for."
              + " The stream ends after five minutes, and is opened again by who still wants it:"
              + " with the `id` that it heard last in `Last-Event-ID`, as browsers do, it is told"
              + " at once when something changed between.")
  @ApiResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
              schema = @Schema(type = "string")))
  @Problems(429)
  ResponseEntity<SseEmitter> events(
      @RequestHeader(name = ChangeStreams.LAST_HEARD, required = false) @Nullable String heard) {
    SseEmitter emitter = streams.open(null, heard);
    if (emitter == null) {
      throw new ProblemException(
          Problem.TOO_MANY_STREAMS,
          "This account has %d streams open, or this instance as many as it can have."
              .formatted(ChangeStreams.MOST_OF_AN_ACCOUNT));
    }
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .header("X-Accel-Buffering", "no")
        .body(emitter);
  }
}
