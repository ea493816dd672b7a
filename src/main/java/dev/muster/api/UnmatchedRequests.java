package dev.muster.api;

import dev.muster.http.ApiRequests;
import java.util.Set;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;

/** Answers requests that no endpoint takes, though there is one at their address. */
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class UnmatchedRequests {

  /** In a list of what is allowed these go without saying. */
  private static final Set<String> UNSAID = Set.of("HEAD", "OPTIONS");

  @ExceptionHandler({
    HttpRequestMethodNotSupportedException.class,
    HttpMediaTypeNotSupportedException.class,
    HttpMediaTypeNotAcceptableException.class
  })
  ResponseEntity<Object> unmatched(ErrorResponse e, ServletWebRequest request) {
    ProblemDetail body = e.getBody();
    if (ApiRequests.is(request.getRequest())) {
      Problem problem = Problem.of(e.getStatusCode().value());
      body =
          e instanceof HttpRequestMethodNotSupportedException method
              ? problem.problem(sentence(method))
              : problem.problem();
    }
    return ResponseEntity.status(e.getStatusCode())
        .headers(e.getHeaders())
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(body);
  }

  private static String sentence(HttpRequestMethodNotSupportedException e) {
    String[] supported = e.getSupportedMethods();
    return supported == null
        ? Problem.METHOD_NOT_ALLOWED.type().detail()
        : "%s can't be done here; there is %s."
            .formatted(
                e.getMethod(),
                String.join(
                    ", ",
                    java.util.Arrays.stream(supported)
                        .filter(method -> !UNSAID.contains(method))
                        .sorted()
                        .toList()));
  }
}
