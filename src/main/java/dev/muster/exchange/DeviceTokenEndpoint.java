package dev.muster.exchange;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.muster.credential.sas.FreshTokens.FreshToken;
import dev.muster.http.ProblemType;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Collections;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /device/token}: the token that the device has in, a fresh one out. */
@RestController
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class DeviceTokenEndpoint {

  private static final String SCHEME = "SharedAccessSignature";

  /** The request needs no body; some clients send an empty object. */
  private static final int MAX_BODY = 1024;

  private static final Duration WHEN_BUSY = Duration.ofSeconds(30);

  private static final ProblemType REFUSED =
      new ProblemType(
          "token-refused",
          HttpStatus.UNAUTHORIZED,
          "No fresh token",
          "Present the device's own token, unchanged and still valid, in one Authorization"
              + " header.");

  private static final ProblemType TOO_SOON =
      new ProblemType(
          "token-too-soon",
          HttpStatus.TOO_MANY_REQUESTS,
          "A fresh token was issued just now",
          "Wait as long as Retry-After says.");

  private static final ProblemType BUSY =
      new ProblemType(
          "busy",
          HttpStatus.SERVICE_UNAVAILABLE,
          "Not now",
          "The token presented is as good as before. Try again after Retry-After.");

  private static final ProblemType BODY_TOO_LARGE =
      new ProblemType(
          "body-too-large",
          HttpStatus.CONTENT_TOO_LARGE,
          "The request is too large",
          "Send no body.");

  private final TokenExchange exchange;

  DeviceTokenEndpoint(TokenExchange exchange) {
    this.exchange = exchange;
  }

  private record Body(
      @JsonProperty("device_id") String deviceId,
      @JsonProperty("namespace") String namespace,
      @JsonProperty("event_hub") String eventHub,
      @JsonProperty("token") String token,
      @JsonProperty("expires_at") String expiresAt) {

    static Body of(FreshToken fresh) {
      return new Body(
          fresh.device().toString(),
          fresh.hub().namespace(),
          fresh.hub().eventHub(),
          fresh.token(),
          fresh.expiresAt().toString());
    }

    /** Without the token. */
    @Override
    public String toString() {
      return "Body[" + deviceId + "]";
    }
  }

  @PostMapping(path = "/device/token", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Object> exchange(HttpServletRequest request) {
    if (request.getContentLengthLong() > MAX_BODY) {
      return problem(BODY_TOO_LARGE, new HttpHeaders());
    }
    HttpHeaders headers = new HttpHeaders();
    Answer answer =
        exchange.exchange(
            Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION)),
            request.getRemoteAddr());
    if (answer instanceof Answer.Fresh fresh) {
      return ResponseEntity.ok()
          .cacheControl(CacheControl.noStore())
          .contentType(MediaType.APPLICATION_JSON)
          .body(Body.of(fresh.token()));
    }
    if (answer instanceof Answer.TooSoon tooSoon) {
      headers.set(HttpHeaders.RETRY_AFTER, wholeSeconds(tooSoon.remaining()));
      return problem(TOO_SOON, headers);
    }
    if (answer instanceof Answer.Busy) {
      headers.set(HttpHeaders.RETRY_AFTER, wholeSeconds(WHEN_BUSY));
      return problem(BUSY, headers);
    }
    headers.set(HttpHeaders.WWW_AUTHENTICATE, SCHEME);
    return problem(REFUSED, headers);
  }

  private static ResponseEntity<Object> problem(ProblemType type, HttpHeaders headers) {
    return ResponseEntity.status(type.status())
        .headers(headers)
        .cacheControl(CacheControl.noStore())
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(type.problem());
  }

  private static String wholeSeconds(Duration duration) {
    return Long.toString(duration.plusNanos(999_999_999).toSeconds());
  }
}
