package dev.muster.cli;

/** The application's beans. Asking for the first one starts the application. */
interface Beans {

  <T> T get(Class<T> type);

  void close();
}
