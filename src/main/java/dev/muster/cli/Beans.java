package dev.muster.cli;

/** The application's beans. Asking for the first one starts the application. */
interface Beans {

  <T> T get(Class<T> type);

  /** Stops the application, if it was started. */
  void close();
}
