package dev.muster.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Bounds the bodies of calls, before anything parses them: how long they are, how long they take,
 * and how many threads wait for them at once, so that others are left for who only looks. Belongs
 * behind the sign-in: of a stranger's body nothing is read.
 */
public final class SmallBodies extends OncePerRequestFilter {

  /** How many bytes a body may have that is no file. */
  public static final int LARGEST = 64 * 1024;

  /** How many calls may be sending their bodies at once; the server has 200 threads. */
  private static final int AT_ONCE = 100;

  private static final Duration SLOWEST = Duration.ofSeconds(10);

  private static final ProblemType TOO_LARGE =
      ProblemType.TOO_LARGE.with(
          "The body of a call has at most 64 KB; files go to the addresses that take files.");

  private final Semaphore sending = new Semaphore(AT_ONCE);
  private final RequestMatcher files;

  /**
   * @param files requests whose bodies are files, which are bounded where they are kept
   */
  public SmallBodies(RequestMatcher files) {
    this.files = files;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    boolean none =
        request.getContentLengthLong() == 0
            || (request.getContentLengthLong() < 0
                && request.getHeader(HttpHeaders.TRANSFER_ENCODING) == null);
    if (none) {
      chain.doFilter(request, response);
      return;
    }
    if (!sending.tryAcquire()) {
      response.setHeader(HttpHeaders.RETRY_AFTER, "1");
      refuse(ProblemType.BUSY, response);
      return;
    }
    HttpServletRequest whole;
    try {
      if (files.matches(request)) {
        chain.doFilter(request, response);
        return;
      }
      if (request.getContentLengthLong() > LARGEST) {
        refuse(TOO_LARGE, response);
        return;
      }
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      ProblemType problem = read(request.getInputStream(), body);
      if (problem != null) {
        refuse(problem, response);
        return;
      }
      whole = new Whole(request, body.toByteArray());
    } finally {
      sending.release();
    }
    chain.doFilter(whole, response);
  }

  private static @Nullable ProblemType read(InputStream in, ByteArrayOutputStream body)
      throws IOException {
    long began = System.nanoTime();
    byte[] some = new byte[8192];
    for (int read = in.read(some); read >= 0; read = in.read(some)) {
      body.write(some, 0, read);
      if (body.size() > LARGEST) {
        return TOO_LARGE;
      }
      if (System.nanoTime() - began > SLOWEST.toNanos()) {
        return ProblemType.TOO_SLOW;
      }
    }
    return null;
  }

  private static void refuse(ProblemType problem, HttpServletResponse response) throws IOException {
    response.setHeader(HttpHeaders.CONNECTION, "close");
    problem.answer(response);
  }

  /** A request whose body was read, and can be read as often as one likes. */
  private static final class Whole extends HttpServletRequestWrapper {

    private final byte[] body;

    Whole(HttpServletRequest request, byte[] body) {
      super(request);
      this.body = body;
    }

    /** Of the body too, where it is a form: its server would look for them in what was read. */
    @Override
    public @Nullable String getParameter(String name) {
      String type = getContentType();
      return type != null && type.startsWith(MediaType.APPLICATION_FORM_URLENCODED_VALUE)
          ? field(name)
          : super.getParameter(name);
    }

    private @Nullable String field(String name) {
      for (String field : new String(body, StandardCharsets.US_ASCII).split("&", -1)) {
        if (field.startsWith(name + "=")) {
          try {
            return URLDecoder.decode(field.substring(name.length() + 1), StandardCharsets.UTF_8);
          } catch (IllegalArgumentException e) {
            return null;
          }
        }
      }
      return null;
    }

    @Override
    public BufferedReader getReader() {
      return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public ServletInputStream getInputStream() {
      ByteArrayInputStream in = new ByteArrayInputStream(body);
      return new ServletInputStream() {
        @Override
        public int read() {
          return in.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) {
          return in.read(target, offset, length);
        }

        @Override
        public boolean isFinished() {
          return in.available() == 0;
        }

        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
          throw new UnsupportedOperationException("It is read at once.");
        }
      };
    }
  }
}
