package dev.muster.upload;

import dev.muster.access.Audited;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.manifest.Updates;
import dev.muster.upload.CheckedUploadTable.Row;
import dev.muster.upload.UploadFiles.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Uploads that are looked at first: what would become of every row is told before anything is
 * loaded. Then they are confirmed, and become arrivals; or they are discarded, by hand or by time.
 * They lie in the shared folder and in the database, so each instance can go on with each of them.
 */
@Guarded
@Component
public class CheckedUploads {

  private static final Logger LOG = LoggerFactory.getLogger(CheckedUploads.class);

  private static final Duration TIDY_EVERY = Duration.ofHours(1);

  private final ReceivedUploads received;
  private final UploadFiles files;
  private final CheckedUploadTable table;
  private final DryRuns dryRuns;
  private final Inbox inbox;
  private final TransactionOperations transaction;
  private final UploadProperties properties;
  private final Clock clock;
  private volatile Instant tidied = Instant.EPOCH;

  CheckedUploads(
      ReceivedUploads received,
      UploadFiles files,
      CheckedUploadTable table,
      DryRuns dryRuns,
      Inbox inbox,
      TransactionOperations transaction,
      UploadProperties properties,
      Clock clock) {
    this.received = received;
    this.files = files;
    this.table = table;
    this.dryRuns = dryRuns;
    this.inbox = inbox;
    this.transaction = transaction;
    this.properties = properties;
    this.clock = clock;
  }

  /**
   * Takes a manifest in and begins to look at it. Nothing is loaded.
   *
   * @param signature over the file as it is sent; null when its factory does not sign
   * @param updates what it may change of devices that are there; null: as its factory may
   * @return its number; ask for the findings by it
   * @throws IOException when the stream breaks off
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public UUID checkManifest(
      String factory,
      String fileName,
      InputStream content,
      @Nullable String signature,
      @Nullable Updates updates)
      throws IOException {
    return check(
        ArrivalKind.MANIFEST,
        new Upload(factory, fileName, content, null, null, signature, updates));
  }

  /** Takes a revocation list in; as {@link #checkManifest}. */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public UUID checkList(
      String factory, String fileName, InputStream content, @Nullable String signature)
      throws IOException {
    return check(
        ArrivalKind.REVOCATIONS,
        new Upload(factory, fileName, content, null, null, signature, null));
  }

  /** One upload, as far as it was looked at. Empty when it was confirmed, discarded or expired. */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      readOnly = true)
  public Optional<CheckedUpload> find(UUID id) {
    Optional<CheckedUpload> found = table.find(id).map(Row::upload).filter(this::mine);
    found.filter(upload -> !upload.checked()).ifPresent(this::beginAgainWhenSilent);
    return found;
  }

  /** The factories that the caller may send such a thing for. */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      readOnly = true)
  public List<String> factories(ArrivalKind kind) {
    return received.factories(kind);
  }

  /** The uploads that wait to be confirmed, newest first. */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      readOnly = true)
  public List<CheckedUpload> waiting(int limit) {
    Caller caller = Callers.current();
    boolean all =
        caller.mayEverywhere(Permission.MANIFEST_SEND)
            || caller.mayEverywhere(Permission.LIST_SEND);
    return table.waiting(all ? null : caller.factory(), limit).stream().filter(this::mine).toList();
  }

  /**
   * Puts an upload in the inbox, once however often this is called.
   *
   * @return the arrival's number
   * @throws RefusedException when it is gone, still being looked at, or would be refused whole
   */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      audit = "upload.confirm")
  public long confirm(@Audited("upload") UUID id) {
    Long arrival = transaction.execute(status -> confirmed(id));
    return Objects.requireNonNull(arrival);
  }

  /**
   * As {@link #confirm}, and a revocation list does not wait for the night: who sends it has seen
   * what it would do, and may revoke devices.
   */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "upload.confirm-at-once")
  public long confirmAtOnce(@Audited("upload") UUID id) {
    Long arrival =
        transaction.execute(
            status -> {
              long confirmed = confirmed(id);
              inbox.atOnce(confirmed);
              return confirmed;
            });
    return Objects.requireNonNull(arrival);
  }

  private long confirmed(UUID id) {
    Row row = table.take(id).filter(found -> mine(found.upload())).orElse(null);
    if (row == null) {
      return inbox.find(Uploads.SOURCE, id.toString()).orElseThrow(CheckedUploads::gone);
    }
    CheckedUpload upload = row.upload();
    if (!upload.confirmable()) {
      throw new RefusedException(
          upload.checked()
              ? "This file would be refused as a whole. Correct it and send it again."
              : "This file is still being looked at. Confirm it when the verdicts are there.");
    }
    table.remove(id);
    return received.arrive(
        upload.kind(),
        id,
        upload.factory(),
        upload.fileName(),
        upload.sha256(),
        upload.bytes(),
        null,
        row.signature(),
        upload.updates());
  }

  /** Throws an upload away. */
  @Requires(
      value = {Permission.MANIFEST_SEND, Permission.LIST_SEND},
      audit = "upload.discard")
  public void discard(@Audited("upload") UUID id) throws IOException {
    if (table.find(id).map(Row::upload).filter(this::mine).isEmpty()) {
      throw gone();
    }
    if (table.remove(id)) {
      files.remove(id);
    }
  }

  private UUID check(ArrivalKind kind, Upload upload) throws IOException {
    tidy();
    Callers.mustSee(ReceivedUploads.sends(kind), upload.factory());
    if (table.waiting(upload.factory(), clock.instant()) >= properties.waiting()) {
      throw new RefusedException(
          "%d files of factory '%s' wait to be confirmed, and no more may (muster.uploads.waiting). Confirm or discard some."
              .formatted(properties.waiting(), upload.factory()));
    }
    Stored stored = received.take(kind, upload);
    Instant now = clock.instant();
    boolean begun = false;
    try {
      table.add(kind, upload, stored, Callers.current().name(), now, now.plus(properties.keep()));
      dryRuns.begin(table.find(stored.id()).orElseThrow().upload());
      begun = true;
    } finally {
      if (!begun) {
        table.remove(stored.id());
        files.remove(stored.id());
      }
    }
    return stored.id();
  }

  private void beginAgainWhenSilent(CheckedUpload upload) {
    Instant now = clock.instant();
    if (table.takeOver(upload.id(), now.minus(properties.silence()), now)) {
      dryRuns.begin(upload);
    }
  }

  private boolean mine(CheckedUpload upload) {
    return Callers.current().sees(ReceivedUploads.sends(upload.kind()), upload.factory());
  }

  /** Removes what nobody confirmed, and what killed processes left. */
  private void tidy() {
    Instant now = clock.instant();
    if (now.isBefore(tidied.plus(TIDY_EVERY))) {
      return;
    }
    tidied = now;
    try {
      for (UUID expired : table.removeExpired(now)) {
        files.remove(expired);
      }
      files.removeLeft(now.minus(properties.keep()), table::needsFile);
    } catch (IOException e) {
      LOG.warn("uploads=not-tidied {}", e.toString());
    }
  }

  private static RefusedException gone() {
    return new RefusedException(
        "This upload is not there any more: it was discarded, or nobody confirmed it in time. Send"
            + " the file again.");
  }
}
