package dev.muster.web;

import dev.muster.http.ProblemType;
import dev.muster.language.Words;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** An address where nothing is: a page for people, a problem for programs. */
@ControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class UnknownPage {

  private final Words words;

  UnknownPage(Words words) {
    this.words = words;
  }

  @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
  Object nothingThere(HttpServletRequest request) {
    String accept = request.getHeader(HttpHeaders.ACCEPT);
    if (accept == null || !accept.contains(MediaType.TEXT_HTML_VALUE)) {
      return ResponseEntity.of(ProblemType.NOT_FOUND.problem()).build();
    }
    return EveryPage.problem(
        HttpStatus.NOT_FOUND,
        "layout.problem.nothing-here",
        words.of("layout.problem.no-page"),
        request);
  }
}
