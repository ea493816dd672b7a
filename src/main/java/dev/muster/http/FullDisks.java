package dev.muster.http;

import dev.muster.home.DiskSpace;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.MessageSource;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.LocaleResolver;

/**
 * Says what a full disk comes to, whoever was about to write: the web server, which puts aside the
 * files of forms, a filter, or an endpoint. The sender hears that nothing was taken, the log which
 * folder it is.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class FullDisks extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(FullDisks.class);

  private static final String POLICY = "Content-Security-Policy";
  private static final Pattern OF_CONTENT =
      Pattern.compile("(?i)content-.*|etag|last-modified|location|accept-ranges");

  private final DiskSpace disks;
  private final MessageSource words;
  private final LocaleResolver readers;

  FullDisks(DiskSpace disks, MessageSource words, LocaleResolver readers) {
    this.disks = disks;
    this.words = words;
    this.readers = readers;
  }

  /** Whether it failed for want of room; the log then says where. */
  private boolean failed(Exception e) {
    String sentence = disks.whyFull(e);
    if (sentence != null) {
      LOG.error("disk=full {}", sentence);
    }
    return sentence != null;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } catch (ServletException | IOException | RuntimeException e) {
      if (response.isCommitted() || !failed(e)) {
        throw e;
      }
      forgetContent(response);
      if (String.valueOf(request.getHeader(HttpHeaders.ACCEPT))
          .contains(MediaType.TEXT_HTML_VALUE)) {
        page(request, response);
      } else {
        ProblemType.NO_ROOM.answer(response);
      }
    }
  }

  /** What was to be said of the content is gone with it; what holds for every answer stays. */
  private static void forgetContent(HttpServletResponse response) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    response.getHeaderNames().stream()
        .filter(name -> name.equalsIgnoreCase(POLICY) || !OF_CONTENT.matcher(name).matches())
        .forEach(name -> headers.put(name, List.copyOf(response.getHeaders(name))));
    response.reset();
    headers.forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
  }

  /** Of its own, because what makes the others may be what failed. */
  private void page(HttpServletRequest request, HttpServletResponse response) throws IOException {
    response.setStatus(ProblemType.NO_ROOM.status().value());
    response.setContentType("text/html;charset=UTF-8");
    Locale reader = readers.resolveLocale(request);
    byte[] body =
        """
        <!DOCTYPE html>
        <html lang="%1$s">
        <head><meta charset="UTF-8"><title>%3$s</title><link rel="stylesheet" href="%2$s/muster.css"></head>
        <body><main id="content" class="narrow"><h1>%3$s</h1><p class="lead">%4$s</p>
        <p><a class="button" href="%2$s/">%5$s</a></p></main></body>
        </html>
        """
            .formatted(
                reader.getLanguage(),
                request.getContextPath(),
                words.getMessage("layout.problem.no-room", null, reader),
                words.getMessage("layout.problem.no-room-why", null, reader),
                words.getMessage("layout.problem.to-start", null, reader))
            .getBytes(StandardCharsets.UTF_8);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
