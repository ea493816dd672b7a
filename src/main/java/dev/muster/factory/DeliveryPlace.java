package dev.muster.factory;

/** Where a factory wants its bundles, wherever it sends from. Here they can always be fetched. */
public enum DeliveryPlace {
  /** In the outbox on Muster's disk. */
  FOLDER,
  /** In the outbox container of the storage account that is configured. */
  BLOB,
  /** In the outbox of the SFTP server that is configured. */
  SFTP,
  /** Nowhere but here: it fetches them by API or from the console. */
  API
}
