package dev.muster.api;

import dev.muster.access.Callers;
import dev.muster.api.KeptAnswers.Kept;
import dev.muster.api.KeptAnswers.Request;
import dev.muster.home.Sha256;
import dev.muster.http.ApiRequests;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Does what a POST with an {@code Idempotency-Key} asks for once, however often it is sent, and
 * answers its repetitions as it answered the first. Runs after sign-in, so that keys are each
 * caller's own, and behind {@code SmallBodies}, whose requests can be read again.
 *
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">The
 *     Idempotency-Key HTTP Header Field</a>
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class IdempotencyFilter extends OncePerRequestFilter {

  static final String HEADER = "Idempotency-Key";

  static final String REPLAYED = "Idempotency-Replayed";

  /** Set where an endpoint is about to tell a token. */
  static final String TOLD = IdempotencyFilter.class.getName() + ".told";

  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  /** Nothing was done, and another time it may be. */
  private static final Set<Integer> PASSING =
      Set.of(
          HttpStatus.UNAUTHORIZED.value(),
          HttpStatus.FORBIDDEN.value(),
          HttpStatus.REQUEST_TIMEOUT.value(),
          HttpStatus.TOO_MANY_REQUESTS.value());

  private final KeptAnswers answers;
  private final JsonMapper json;

  IdempotencyFilter(KeptAnswers answers, JsonMapper json) {
    this.answers = answers;
    this.json = json;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !HttpMethod.POST.name().equals(request.getMethod())
        || !ApiRequests.is(request)
        || request.getHeader(HEADER) == null
        || Callers.find().isEmpty();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String key = request.getHeader(HEADER);
    if (!KEY.matcher(key).matches()) {
      problem(
          response,
          Problem.INVALID_REQUEST.problem(
              "An Idempotency-Key has 1 to 255 visible ASCII characters, such as a GUID."));
      return;
    }
    byte[] body = request.getInputStream().readAllBytes();
    Request asked = new Request(Callers.current().account(), key, hash(request, body));
    Optional<Kept> before = answers.begin(asked);
    if (before.isPresent()) {
      repeat(asked, before.get(), response);
    } else {
      answer(asked, request, response, chain);
    }
  }

  private void answer(
      Request asked, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    ContentCachingResponseWrapper kept = new ContentCachingResponseWrapper(response);
    boolean answered = false;
    try {
      chain.doFilter(request, kept);
      int status = kept.getStatus();
      if (status < HttpStatus.INTERNAL_SERVER_ERROR.value() && !PASSING.contains(status)) {
        boolean told = request.getAttribute(TOLD) != null && status < 300;
        answered = true; // it is done, whether that can be kept or not: as after a kill
        answers.keep(
            asked,
            status,
            kept.getContentType(),
            kept.getHeader(HttpHeaders.LOCATION),
            told ? null : kept.getContentAsByteArray());
      }
    } finally {
      if (!answered) {
        answers.forget(asked);
      }
    }
    kept.copyBodyToResponse();
  }

  private void repeat(Request asked, Kept kept, HttpServletResponse response) throws IOException {
    Integer status = kept.status();
    byte[] body = kept.body();
    if (!asked.sameAs(kept.hash())) {
      problem(response, Problem.KEY_OF_ANOTHER_REQUEST.problem());
    } else if (status == null) {
      problem(response, Problem.BEING_ANSWERED.problem());
    } else if (body == null) {
      problem(response, Problem.TOKEN_WAS_TOLD.problem());
    } else {
      response.setStatus(status);
      response.setHeader(REPLAYED, "true");
      setUnlessNull(response, HttpHeaders.CONTENT_TYPE, kept.contentType());
      setUnlessNull(response, HttpHeaders.LOCATION, kept.location());
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }

  private static void setUnlessNull(
      HttpServletResponse response, String header, @Nullable String value) {
    if (value != null) {
      response.setHeader(header, value);
    }
  }

  private void problem(HttpServletResponse response, ProblemDetail problem) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("type", String.valueOf(problem.getType()));
    fields.put("title", String.valueOf(problem.getTitle()));
    fields.put("status", problem.getStatus());
    fields.put("detail", String.valueOf(problem.getDetail()));
    response.setStatus(problem.getStatus());
    response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.getOutputStream().write(json.writeValueAsBytes(fields));
  }

  private static byte[] hash(HttpServletRequest request, byte[] body) {
    MessageDigest digest = Sha256.digest();
    String query = request.getQueryString();
    digest.update(
        (request.getRequestURI() + "\n" + (query == null ? "" : query) + "\n")
            .getBytes(StandardCharsets.UTF_8));
    return digest.digest(body);
  }
}
