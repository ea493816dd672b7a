package dev.muster.access;

/** The caller may do that, but has signed in too long ago for it: its session may be another's. */
public final class SignInAgainException extends NotPermittedException {

  SignInAgainException() {
    super("It is too long ago that you signed in. Sign in again, then do it once more.");
  }
}
