package dev.muster.http;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.springframework.http.HttpHeaders;

/**
 * Keeps a quarter of the server's threads for devices: all other requests together hold the rest at
 * most, however slowly they send or are answered. One more is told at once to come again, unread.
 */
final class DeviceThreads extends ValveBase {

  private static final String DEVICES = "/device/";

  private final Semaphore others;

  DeviceThreads(int threads) {
    super(true);
    others = new Semaphore(Math.max(1, threads - Math.max(1, threads / 4)));
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    // What is answered later was let in before.
    if (isOfDevices(request) || request.isAsyncDispatching()) {
      getNext().invoke(request, response);
      return;
    }
    if (!others.tryAcquire()) {
      response.setHeader(HttpHeaders.RETRY_AFTER, "1");
      response.setHeader(HttpHeaders.CONNECTION, "close");
      ProblemType.BUSY.answer(response);
      new RefusedBody(request.getCoyoteRequest()).leave();
      return;
    }
    try {
      getNext().invoke(request, response);
    } finally {
      others.release();
    }
  }

  private static boolean isOfDevices(Request request) {
    String path = request.getDecodedRequestURI();
    String context = request.getContextPath();
    return path != null && path.startsWith(DEVICES, context == null ? 0 : context.length());
  }
}
