package dev.muster.arrival;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A manifest or a revocation list that has come.
 *
 * @param kind which of the two
 * @param source which source brought it: {@code folder}, {@code blob}, {@code kafka}, {@code
 *     eventhubs}, {@code upload}
 * @param sourceId what tells it from every other arrival of its source, also when it is delivered
 *     again
 * @param factory whose it is, as the path, key or header says; need not exist
 * @param fileName the name it was sent under, such as {@code thermostats.csv.gz}
 * @param location where its content lies, without credentials; {@link Inbox#CONTENT} when it came
 *     with the message
 * @param version of the content at that place (an ETag); null when any will do
 * @param announcedSha256 the SHA-256 of the file as it lies there, that its sender announced; null
 *     when it did not
 * @param announcedRows how many rows its sender announced; null when it did not
 * @param signature the detached Ed25519 signature that came with it, in Base64; null when there was
 *     none
 * @param sender the account that sent it; null when the source knows none
 */
public record NewArrival(
    ArrivalKind kind,
    String source,
    String sourceId,
    String factory,
    String fileName,
    URI location,
    @Nullable String version,
    @Nullable String announcedSha256,
    @Nullable Long announcedRows,
    @Nullable String signature,
    @Nullable String sender) {

  /** One from a source that knows no accounts. */
  public NewArrival(
      ArrivalKind kind,
      String source,
      String sourceId,
      String factory,
      String fileName,
      URI location,
      @Nullable String version,
      @Nullable String announcedSha256,
      @Nullable Long announcedRows,
      @Nullable String signature) {
    this(
        kind,
        source,
        sourceId,
        factory,
        fileName,
        location,
        version,
        announcedSha256,
        announcedRows,
        signature,
        null);
  }
}
