package dev.muster.arrival;

import dev.muster.manifest.Updates;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * A manifest or a revocation list that has come.
 *
 * @param sourceId what tells it from every other arrival of its source, also when it is delivered
 *     again
 * @param factory whose it is, as the path, key or header says; need not exist
 * @param location where its content lies, without credentials; {@link Inbox#CONTENT} when it came
 *     with the message
 * @param version of the content at that place (an ETag); null when any will do
 * @param bytes how long it is as it lies there; null when that is not known yet
 */
public record NewArrival(
    ArrivalKind kind,
    Source source,
    String sourceId,
    String factory,
    String fileName,
    URI location,
    @Nullable String version,
    @Nullable Long bytes,
    Said said) {

  /** As long as a row of the usual columns. */
  private static final int BYTES_A_ROW = 64;

  /** Whether it is longer than this, as far as anything is known of that. */
  boolean longerThan(DataSize size) {
    if (bytes != null) {
      return bytes > size.toBytes();
    }
    Long rows = said.rows();
    return rows != null && rows > size.toBytes() / BYTES_A_ROW;
  }

  /**
   * What a sender says with a file.
   *
   * @param sha256 of the file as it lies there; null when it was not announced
   * @param rows how many it has; null when that was not announced
   * @param signature as {@link dev.muster.factory.SignedFile} has it; null when none came with it
   * @param sender who sent it; null when the source knows no account
   * @param updates what a manifest may change of devices that are there; null: as its factory may
   */
  public record Said(
      @Nullable String sha256,
      @Nullable Long rows,
      @Nullable String signature,
      @Nullable Sender sender,
      @Nullable Updates updates) {

    /** A file without a word. */
    public static final Said NOTHING = new Said(null, null, null);

    /** As its factory may, by an account that is not known. */
    public Said(@Nullable String sha256, @Nullable Long rows, @Nullable String signature) {
      this(sha256, rows, signature, null, null);
    }
  }
}
