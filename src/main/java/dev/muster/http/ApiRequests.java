package dev.muster.http;

import jakarta.servlet.http.HttpServletRequest;

/** Which requests are programs', by their address: what is below {@code /api/}. */
public final class ApiRequests {

  private static final String API = "/api/";

  private ApiRequests() {}

  /** Also where Muster itself lies below a path, its own or the one that a proxy says. */
  public static boolean is(HttpServletRequest request) {
    return request.getRequestURI().startsWith(request.getContextPath() + API);
  }
}
