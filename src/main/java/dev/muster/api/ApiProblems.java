package dev.muster.api;

import dev.muster.access.NotPermittedException;
import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.exchange.TooManyTokensException;
import dev.muster.home.NoRoom;
import dev.muster.registry.UnknownDeviceException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** What endpoints of the API can't do becomes a problem (RFC 9457). */
@RestControllerAdvice(annotations = Api.class)
@Order(0)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ApiProblems extends ResponseEntityExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(ApiProblems.class);

  record Fault(String field, String problem) {}

  @ExceptionHandler
  ResponseEntity<Object> asked(ProblemException e) {
    return answer(e.problem(), e.problem().problem(e.sentence()), new HttpHeaders());
  }

  @ExceptionHandler
  ResponseEntity<Object> notPermitted(NotPermittedException e) {
    return answer(
        Problem.NOT_PERMITTED, Problem.NOT_PERMITTED.problem(e.sentence()), new HttpHeaders());
  }

  @ExceptionHandler({NotThereException.class, UnknownDeviceException.class})
  ResponseEntity<Object> notThere(RefusedException e) {
    return answer(Problem.NOT_FOUND, Problem.NOT_FOUND.problem(e.sentence()), new HttpHeaders());
  }

  @ExceptionHandler
  ResponseEntity<Object> tooMany(TooManyTokensException e) {
    HttpHeaders headers = new HttpHeaders();
    headers.set(HttpHeaders.RETRY_AFTER, Long.toString(e.seconds()));
    return answer(Problem.TOO_MANY_TOKENS, Problem.TOO_MANY_TOKENS.problem(e.sentence()), headers);
  }

  @ExceptionHandler
  ResponseEntity<Object> refused(RefusedException e) {
    return answer(Problem.REFUSED, Problem.REFUSED.problem(e.sentence()), new HttpHeaders());
  }

  @ExceptionHandler
  ResponseEntity<Object> mismatch(MethodArgumentTypeMismatchException e) {
    return mismatch(e.getValue(), e.getName(), e.getRequiredType());
  }

  private static ResponseEntity<Object> mismatch(
      @Nullable Object value, @Nullable String name, @Nullable Class<?> type) {
    return invalid(
        "'%s' is no %s. %s"
            .formatted(
                value,
                name,
                type != null && type.isEnum()
                    ? "It can be %s.".formatted(values(type))
                    : "Compare the request with /api/openapi.json."));
  }

  /** A value that no column can hold: a date beyond all calendars, a character that is none. */
  @ExceptionHandler
  ResponseEntity<Object> unfit(DataAccessException e) throws Exception {
    return e.getMostSpecificCause() instanceof SQLException sql
            && String.valueOf(sql.getSQLState()).startsWith("22")
        ? invalid("A value is out of range, or holds a character that no text has.")
        : failed(e);
  }

  /** Behind the address's question mark, where no endpoint has looked before. */
  @ExceptionHandler
  ResponseEntity<Object> undecodable(InvalidParameterException e) {
    return invalid(
        "What follows ? in the address is not well-formed: in it everything but letters,"
            + " digits and -._~ is written as %XX of its UTF-8.");
  }

  @ExceptionHandler
  ResponseEntity<Object> noForm(MultipartException e) {
    if (NoRoom.caused(e)) {
      throw e; // answered where the web server's own are
    }
    return invalid(
        "The body is not the form, or not all of it, that is described in /api/openapi.json.");
  }

  private static ResponseEntity<Object> invalid(String sentence) {
    return answer(
        Problem.INVALID_REQUEST, Problem.INVALID_REQUEST.problem(sentence), new HttpHeaders());
  }

  /** Its message may be a library's, and hold anything. */
  @ExceptionHandler
  ResponseEntity<Object> failed(Exception e) throws Exception {
    if (NoRoom.caused(e)) {
      throw e; // answered where the web server's own are
    }
    LOG.error("api=failed cause={}", e.getClass().getName(), e);
    return answer(Problem.INTERNAL, Problem.INTERNAL.problem(), new HttpHeaders());
  }

  @Override
  protected ResponseEntity<Object> handleHttpMessageNotReadable(
      HttpMessageNotReadableException e,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    if (e.getMostSpecificCause() instanceof MismatchedInputException found
        && !found.getPath().isEmpty()) {
      return invalid(List.of(new Fault(field(found), expected(found))), headers);
    }
    return answer(
        Problem.INVALID_REQUEST,
        Problem.INVALID_REQUEST.problem(
            "The body is missing, or is not the JSON that is described in /api/openapi.json."),
        headers);
  }

  private static String field(MismatchedInputException found) {
    return found.getPath().stream()
        .map(step -> step.getPropertyName() == null ? "" + step.getIndex() : step.getPropertyName())
        .collect(Collectors.joining("."));
  }

  private static String expected(MismatchedInputException found) {
    if (found instanceof UnrecognizedPropertyException unknown) {
      return "is not known here; there are "
          + unknown.getKnownPropertyIds().stream()
              .map(String::valueOf)
              .sorted()
              .collect(Collectors.joining(", "));
    }
    Class<?> type = found.getTargetType();
    return type != null && type.isEnum()
        ? "must be one of " + values(type)
        : "is not what /api/openapi.json says it is";
  }

  private static String values(Class<?> choice) {
    return Arrays.stream(choice.getEnumConstants())
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  @Override
  protected ResponseEntity<Object> handleMethodArgumentNotValid(
      MethodArgumentNotValidException e,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    for (ObjectError error : e.getBindingResult().getAllErrors()) {
      if (error.contains(TypeMismatchException.class)) { // one of several in an object
        TypeMismatchException mismatch = error.unwrap(TypeMismatchException.class);
        return mismatch(
            mismatch.getValue(),
            error instanceof FieldError field ? field.getField() : mismatch.getPropertyName(),
            mismatch.getRequiredType());
      }
    }
    List<Fault> faults = new ArrayList<>();
    e.getBindingResult()
        .getAllErrors()
        .forEach(
            error ->
                faults.add(
                    new Fault(
                        error instanceof FieldError field ? field.getField() : "",
                        String.valueOf(error.getDefaultMessage()))));
    return invalid(faults, headers);
  }

  @Override
  protected ResponseEntity<Object> handleHandlerMethodValidationException(
      HandlerMethodValidationException e,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    List<Fault> faults = new ArrayList<>();
    e.getParameterValidationResults()
        .forEach(
            result -> {
              for (MessageSourceResolvable error : result.getResolvableErrors()) {
                faults.add(
                    new Fault(
                        String.valueOf(result.getMethodParameter().getParameterName()),
                        String.valueOf(error.getDefaultMessage())));
              }
            });
    return invalid(faults, headers);
  }

  private static ResponseEntity<Object> invalid(List<Fault> faults, HttpHeaders headers) {
    ProblemDetail problem =
        Problem.INVALID_REQUEST.problem(
            faults.isEmpty()
                ? Problem.INVALID_REQUEST.type().detail()
                : "%s: %s.".formatted(faults.get(0).field(), faults.get(0).problem()));
    problem.setProperties(Map.of("errors", faults));
    return answer(Problem.INVALID_REQUEST, problem, headers);
  }

  /** All else that the framework finds wrong has a status; the type goes with it. */
  @Override
  protected ResponseEntity<Object> createResponseEntity(
      @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
    Problem problem = Problem.of(status.value());
    return answer(
        problem,
        body instanceof ProblemDetail detail && detail.getDetail() != null
            ? problem.problem(detail.getDetail())
            : problem.problem(),
        headers);
  }

  private static ResponseEntity<Object> answer(
      Problem problem, ProblemDetail body, HttpHeaders headers) {
    return ResponseEntity.status(problem.type().status())
        .headers(headers)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(body);
  }
}
