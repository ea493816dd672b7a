package dev.muster.signin;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** Has somebody sign in again who is signed in, and come back to where they were. */
public final class SignInAgain {

  private SignInAgain() {}

  /**
   * Where to send them for it, below the service's root.
   *
   * @param page to which they come back, one of ours, with the service's own path; null: the start
   */
  public static String from(HttpServletRequest request, @Nullable String page) {
    request
        .getSession()
        .setAttribute(SignInPages.PAGE, page == null ? request.getContextPath() + "/" : page);
    return SignInConfiguration.TO_PROVIDER + "?" + AsksProvider.AGAIN;
  }
}
