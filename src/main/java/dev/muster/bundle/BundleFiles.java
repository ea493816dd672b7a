package dev.muster.bundle;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.store.ObjectStore;
import dev.muster.store.ObjectStore.Stored;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * The files that lie in the outbox, or explain why nothing does: only what a receipt names, that
 * itself, and what tells of rejected rows. No link is followed.
 */
@Component
public class BundleFiles {

  private static final Logger LOG = LoggerFactory.getLogger(BundleFiles.class);

  private static final int OWNER_ONLY = 0600;

  /** What there may be besides parts. */
  private static final List<String> BESIDE =
      List.of(Outbox.RECEIPT, RejectsReport.REPORT, RejectsReport.ROWS);

  private final ObjectStore store;
  private final Bundles bundles;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  BundleFiles(ObjectStore store, Bundles bundles, ApplicationEventPublisher events, Clock clock) {
    this.store = store;
    this.bundles = bundles;
    this.events = events;
    this.clock = clock;
  }

  /** A file that was opened; whoever asked closes it. */
  public record Download(BundleFile file, long bytes, InputStream content) {

    public String name() {
      return file.name();
    }
  }

  /** What is there of a bundle: its parts in their order, then its receipt and its report. */
  public List<BundleFile> of(Bundle bundle) {
    try {
      return in(bundle);
    } catch (IOException e) {
      LOG.warn("bundle=not-looked-at id={} {}", bundle.id(), e.toString());
      return List.of();
    }
  }

  private List<BundleFile> in(Bundle bundle) throws IOException {
    return bundle.outbox() == null
        ? List.of()
        : in(bundle.outbox(), bundles.shown(bundle.id(), null));
  }

  /** What is there of a manifest that was refused as a whole: what explains it. */
  public List<BundleFile> ofRefused(String factory, String name) {
    try {
      return in(refused(factory, name), List.of());
    } catch (IOException e) {
      LOG.warn("refused=not-looked-at factory={} name={} {}", factory, name, e.toString());
      return List.of();
    }
  }

  private List<BundleFile> in(String folder, List<Receipt.Part> parts) throws IOException {
    Map<String, Long> there = new HashMap<>();
    for (Stored stored : store.list(folder + "/")) {
      there.put(stored.key().substring(folder.length() + 1), stored.bytes());
    }
    List<BundleFile> files = new ArrayList<>();
    for (Receipt.Part part : parts) {
      if (there.containsKey(part.name())) {
        files.add(part(part));
      }
    }
    for (String name : BESIDE) {
      Long bytes = there.get(name);
      if (bytes != null) {
        files.add(beside(name, bytes));
      }
    }
    return files;
  }

  private static BundleFile part(Receipt.Part part) {
    return new BundleFile(part.name(), part.bytes(), part.sha256(), part.devices());
  }

  private static BundleFile beside(String name, long bytes) {
    return new BundleFile(name, bytes, null, null);
  }

  /**
   * Opens a file of a bundle. Its factory's account has fetched the bundle when it takes a part.
   *
   * @param taken whether it is taken away; not when somebody asks only what it is (HEAD)
   * @return empty when it has none of this name, or it is not there any more
   */
  public Optional<Download> open(Bundle bundle, String name, boolean taken) throws IOException {
    Optional<Download> opened =
        bundle.outbox() == null
            ? Optional.empty()
            : open(bundle.outbox(), bundles.shown(bundle.id(), name), name);
    if (taken && opened.isPresent() && opened.get().file().part()) {
      try {
        taken(bundle);
      } catch (RuntimeException e) {
        opened.get().content().close();
        throw e;
      }
    }
    return opened;
  }

  /** Only its own factory can have fetched it: others look at it. */
  private void taken(Bundle bundle) {
    if (Callers.factory(Permission.MANIFEST_READ) != null) {
      events.publishEvent(new BundleTaken(bundle.id(), Callers.current().name(), clock.instant()));
    }
  }

  /** Opens a file of a manifest that was refused as a whole. */
  public Optional<Download> openRefused(String factory, String manifest, String name)
      throws IOException {
    return open(refused(factory, manifest), List.of(), name);
  }

  private Optional<Download> open(String folder, List<Receipt.Part> ofThisName, String name)
      throws IOException {
    if (ofThisName.isEmpty() && !BESIDE.contains(name)) {
      return Optional.empty();
    }
    try {
      Stored stored = stored(folder, name);
      return Optional.of(
          open(
              ofThisName.isEmpty() ? beside(name, stored.bytes()) : part(ofThisName.get(0)),
              stored));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Stored stored(String folder, String name) throws IOException {
    String key = folder + "/" + name;
    return store.find(key).orElseThrow(() -> new NoSuchFileException(key));
  }

  private Download open(BundleFile file, Stored stored) throws IOException {
    return new Download(file, stored.bytes(), store.read(stored.key(), 0));
  }

  /**
   * Writes all files of a bundle, one behind the other, as one archive (POSIX tar), in a folder of
   * the bundle's name. Its factory's account has fetched it then.
   *
   * @throws IOException also when a file is taken away meanwhile; then the archive is cut off
   */
  public void archive(Bundle bundle, OutputStream to) throws IOException {
    Instant at = bundle.deliveredAt() == null ? bundle.begunAt() : bundle.deliveredAt();
    var tar = new TarArchiveOutputStream(to);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    String folder = Objects.requireNonNull(bundle.outbox());
    for (BundleFile file : in(bundle)) {
      Download opened = open(file, stored(folder, file.name()));
      try (InputStream content = opened.content()) {
        var entry = new TarArchiveEntry(bundle.name() + "/" + file.name());
        entry.setSize(opened.bytes());
        entry.setMode(OWNER_ONLY);
        entry.setModTime(FileTime.from(at));
        tar.putArchiveEntry(entry);
        content.transferTo(tar);
        tar.closeArchiveEntry();
      }
    }
    tar.finish();
    tar.flush();
    taken(bundle);
  }

  private static String refused(String factory, String name) {
    return "refused/" + factory + "/" + name;
  }
}
