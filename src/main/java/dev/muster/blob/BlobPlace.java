package dev.muster.blob;

import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.DeleteSnapshotsOptionType;
import dev.muster.arrival.Answer;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.ArrivalRefusedException;
import dev.muster.arrival.Drop;
import dev.muster.arrival.NoticedPlace;
import dev.muster.factory.DeliveryPlace;
import dev.muster.home.SecretFile;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The storage account as a place.
 *
 * <p>A manifest is leased while it is read, no longer: which instance runs it is settled in the
 * inbox, and a lease that were held until the answer would have to be given back on each of the
 * ways on which an arrival comes to none.
 */
class BlobPlace implements NoticedPlace {

  private static final Set<String> DOTS = Set.of("", ".", "..");

  private final BlobAccount account;
  private final BlobProperties properties;
  private final BlobSource source;
  private final BlobOutbox outbox;

  BlobPlace(BlobAccount account, BlobProperties properties, BlobSource source, BlobOutbox outbox) {
    this.account = account;
    this.properties = properties;
    this.source = source;
    this.outbox = outbox;
  }

  @Override
  public boolean holds(URI location) {
    return account
        .address(location)
        .filter(address -> properties.isSource(address.container()))
        .isPresent();
  }

  @Override
  public void noticed(Notice notice) throws IOException {
    source.notice(notice);
  }

  @Override
  public void fetch(Arrival arrival, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException {
    BlobAddress address = address(arrival);
    mustBeTheirs(arrival, address);
    BlobClient blob = account.blob(address);
    try (BlobLease lease = BlobLease.take(blob, address, properties.lease())) {
      SeenBlob seen =
          SeenBlob.asked(
              address,
              StorageException.unless("Looking at " + address, () -> blob.getProperties()));
      if (arrival.version() != null && !arrival.version().equals(seen.version())) {
        throw replaced(arrival, seen);
      }
      ArrivalRefusedException.ifLonger(arrival, seen.length(), mostBytes);
      read(blob, seen, lease, target);
    } catch (StorageException e) {
      if (e.gone()) {
        throw gone(arrival);
      }
      if (e.changed()) {
        throw changedWhileRead(arrival, address);
      }
      throw e;
    }
  }

  /**
   * An announcement names any blob, and says itself whose it is: only what lies where its factory
   * puts such a file is that factory's.
   */
  private void mustBeTheirs(Arrival arrival, BlobAddress address) throws ArrivalRefusedException {
    String kind = properties.kind(address.container());
    if (kind != null && !kind.equals(arrival.kind().name())) {
      throw new ArrivalRefusedException(
          "Container %s holds no such file. Put manifests in %s, and revocation lists in %s."
              .formatted(
                  address.container(), properties.container(), properties.revocationsContainer()));
    }
    boolean dots = List.of(address.name().split("/", -1)).stream().anyMatch(DOTS::contains);
    if (dots || !address.name().startsWith(arrival.factory() + "/")) {
      throw new ArrivalRefusedException(
          "What factory '%s' announces must lie in its own folder: its address must go on with /%s/%s/ behind the account's."
              .formatted(arrival.factory(), address.container(), arrival.factory()));
    }
  }

  private static void read(BlobClient blob, SeenBlob seen, BlobLease lease, Path target)
      throws IOException {
    try (FileChannel file = SecretFile.open(target)) {
      for (long offset = 0; offset < seen.length(); offset += RangesOfBlob.RANGE_BYTES) {
        lease.renewWhenDue();
        ByteBuffer content =
            RangesOfBlob.range(
                    blob, seen.address().toString(), seen.unchanged(), offset, seen.length())
                .toByteBuffer();
        while (content.hasRemaining()) {
          file.write(content);
        }
      }
    }
    lease.renew();
  }

  // What came instead arrives by itself

  private ArrivalRefusedException gone(Arrival arrival) {
    return new ArrivalRefusedException(
        "%s was deleted before it was provisioned. Upload it again.".formatted(arrival.fileName()));
  }

  private ArrivalRefusedException replaced(Arrival arrival, SeenBlob now) {
    if (!source.isSwept(now.address())) {
      return new ArrivalRefusedException(
          "%s was replaced after it had been announced. Announce it again."
              .formatted(arrival.fileName()));
    }
    source.saw(now);
    return new ArrivalRefusedException(
        "%s was replaced before it had been read to its end; what lies there now is taken as a new one."
            .formatted(arrival.fileName()));
  }

  private ArrivalRefusedException changedWhileRead(Arrival arrival, BlobAddress address)
      throws IOException {
    SeenBlob now = source.look(address).orElse(null);
    if (now == null) {
      return gone(arrival);
    }
    if (now.version().equals(arrival.version())) {
      throw new IOException("%s was touched while it was read.".formatted(address));
    }
    return replaced(arrival, now);
  }

  @Override
  public Optional<byte[]> signature(Arrival arrival) throws IOException {
    BlobAddress address = address(arrival).with(Drop.SIGNATURE);
    Optional<SeenBlob> seen = source.look(address);
    if (seen.isEmpty() || seen.get().length() > Drop.MAX_SIGNATURE_BYTES) {
      return Optional.empty();
    }
    try (InputStream signature =
        new RangesOfBlob(
            account.blob(address),
            address.toString(),
            seen.get().unchanged(),
            0,
            seen.get().length())) {
      return Optional.of(signature.readAllBytes());
    } catch (StorageException e) {
      if (e.gone()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public DeliveryPlace name() {
    return DeliveryPlace.BLOB;
  }

  @Override
  public URI deliver(String factory, Folder bundle) throws IOException {
    return deliverTo(segment(factory) + "/" + bundle.name(), bundle);
  }

  private URI deliverTo(String folder, Folder bundle) throws IOException {
    return bundle.here(files -> outbox.deliver(folder, files));
  }

  /** Outbox first, manifest last: what the manifest says has happened. */
  @Override
  public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
    BlobAddress address = address(arrival);
    Optional<SeenBlob> seen = source.look(address);
    boolean same = seen.isPresent() && seen.get().version().equals(arrival.version());
    boolean replaced = seen.isPresent() && arrival.version() != null && !same;
    String folder = folder(arrival, address, replaced);
    Folder bundle = answer.brings();
    String receipt = bundle == null ? answer.receiptJson() : null;
    boolean done = bundle != null || receipt != null;
    URI said;
    if (bundle != null) {
      said = deliverTo(folder, bundle);
    } else if (receipt != null) {
      said = outbox.tell(folder, receipt);
    } else {
      said = outbox.say(folder, Objects.requireNonNullElse(answer.problem(), "It is done."));
    }
    if (same) {
      if (done && properties.deleteWhenDone()) {
        delete(seen.get());
      } else {
        tell(seen.get(), answer);
      }
    }
    return said;
  }

  /**
   * By the blob's name where that lies in a swept container, and so has no other beside it. What
   * was announced may have its name twice, in two folders or containers; and the answer to what was
   * replaced must not pass for the answer to what has replaced it.
   */
  private String folder(Arrival arrival, BlobAddress address, boolean replaced) {
    String folder =
        segment(arrival.factory())
            + (arrival.kind() == ArrivalKind.REVOCATIONS ? "/revocations/" : "/")
            + segment(arrival.fileName());
    if (replaced) {
      return folder + "/replaced-" + arrival.id();
    }
    boolean alone =
        properties.isSwept(address.container())
            && address.name().equals(arrival.factory() + "/" + arrival.fileName());
    return alone ? folder : folder + "/announced-" + arrival.id();
  }

  /** An announcement may name anything. */
  private static String segment(String name) {
    String segment = name.replaceAll("[/\\\\\\p{Cntrl}]", "_");
    return segment.replace(".", "").isEmpty() ? "_" : segment;
  }

  /** The sender's own metadata stay, under the names that a list gives; see {@link SeenBlob}. */
  private void tell(SeenBlob seen, Answer answer) throws StorageException {
    Map<String, String> there =
        source
            .listed(seen.address())
            .filter(listed -> listed.etag().equals(seen.etag()))
            .orElse(seen)
            .metadata();
    Map<String, String> told = seen.metadataWith(answer, there);
    if (!told.equals(there)) {
      StorageException.unless(
          "Writing the answer to " + seen.address(),
          () ->
              account
                  .blob(seen.address())
                  .setMetadataWithResponse(told, seen.unchanged(), null, Context.NONE));
    }
  }

  private void delete(SeenBlob seen) throws StorageException {
    BlobAddress signature = seen.address().with(Drop.SIGNATURE);
    StorageException.unless("Deleting " + signature, account.blob(signature)::deleteIfExists);
    StorageException.unless(
        "Deleting " + seen.address(),
        () ->
            account
                .blob(seen.address())
                .deleteIfExistsWithResponse(
                    DeleteSnapshotsOptionType.INCLUDE, seen.unchanged(), null, Context.NONE));
  }

  private BlobAddress address(Arrival arrival) throws IOException {
    return account
        .address(arrival.location())
        .orElseThrow(() -> new IOException("%s is not here.".formatted(arrival.location())));
  }
}
