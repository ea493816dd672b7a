package dev.muster.seen;

/** Who saw a device. */
public enum SeenBy {
  /** Muster: it exchanged a token. */
  EXCHANGE,
  /** Whoever said so by the API. */
  API,
  /** Whoever said so by the command. */
  COMMAND,
  /** Whoever said so by a message. */
  KAFKA
}
