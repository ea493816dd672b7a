package dev.muster.upload;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Sender;
import dev.muster.arrival.Source;
import dev.muster.manifest.Updates;
import dev.muster.upload.UploadFiles.Stored;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Takes manifests and revocation lists over HTTP, as streams, and puts them in the inbox. */
@Guarded
@Component
public class Uploads {

  public static final Source SOURCE = new Source("upload");

  private final ReceivedUploads received;
  private final UploadFiles files;

  Uploads(ReceivedUploads received, UploadFiles files) {
    this.received = received;
    this.files = files;
  }

  /**
   * What was taken.
   *
   * @param arrival its number in the inbox; what becomes of it is told there
   */
  public record Sent(long arrival, String sha256, long bytes) {}

  /**
   * Sends a manifest. When this returns it is in the inbox, and survives whatever happens.
   *
   * @param updates what it may change of devices that are there; null: as its factory may
   * @throws IOException when the stream breaks off; then nothing has arrived
   */
  @Requires(value = Permission.MANIFEST_SEND, audit = "manifest.upload")
  public Sent sendManifest(
      @Audited("factory") String factory,
      @Audited("file") String fileName,
      InputStream content,
      @Nullable String announcedSha256,
      @Nullable Long announcedRows,
      @Nullable String signature,
      @Audited("updates") @Nullable Updates updates)
      throws IOException {
    return send(
        ArrivalKind.MANIFEST,
        new Upload(factory, fileName, content, announcedSha256, announcedRows, signature, updates));
  }

  /** Sends a revocation list; as {@link #sendManifest}. */
  @Requires(value = Permission.LIST_SEND, audit = "list.upload")
  public Sent sendList(
      @Audited("factory") String factory,
      @Audited("file") String fileName,
      InputStream content,
      @Nullable String announcedSha256,
      @Nullable Long announcedRows,
      @Nullable String signature)
      throws IOException {
    return send(
        ArrivalKind.REVOCATIONS,
        new Upload(factory, fileName, content, announcedSha256, announcedRows, signature, null));
  }

  private Sent send(ArrivalKind kind, Upload upload) throws IOException {
    Stored stored = received.take(kind, upload);
    boolean arrived = false;
    try {
      long arrival =
          received.arrive(
              kind,
              stored.id(),
              upload.factory(),
              upload.fileName(),
              stored.content().sha256AsSent(),
              stored.content().bytesAsSent(),
              upload.announcedRows(),
              upload.signature(),
              Sender.of(Callers.current()),
              upload.updates());
      arrived = true;
      return new Sent(arrival, stored.content().sha256AsSent(), stored.content().bytesAsSent());
    } finally {
      if (!arrived) {
        files.remove(stored.id());
      }
    }
  }
}
