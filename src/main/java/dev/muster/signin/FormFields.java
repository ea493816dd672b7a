package dev.muster.signin;

import dev.muster.http.ProblemType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says of a form with files that what was typed into it is too much: Tomcat takes two million bytes
 * of that, and would let whoever asks for the form's secret fail without a word of why.
 */
final class FormFields extends OncePerRequestFilter {

  private static final ProblemType TOO_LARGE =
      ProblemType.TOO_LARGE.with(
          "What is typed or pasted into a form may have two million bytes in all. Go back, and send"
              + " it as a file.");

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (String.valueOf(request.getContentType()).startsWith(MediaType.MULTIPART_FORM_DATA_VALUE)) {
      try {
        request.getParameterMap();
      } catch (InvalidParameterException e) {
        throw e; // it knows its status
      } catch (IllegalStateException e) {
        TOO_LARGE.answer(response);
        return;
      }
    }
    chain.doFilter(request, response);
  }
}
