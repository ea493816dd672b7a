package dev.muster.bundle;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.springframework.stereotype.Component;

/**
 * The files that lie in the outbox, or explain why nothing does: only what a receipt names, that
 * itself, and what tells of rejected rows. No link is followed.
 */
@Component
public class BundleFiles {

  private static final String RECEIPT = "receipt.json";
  private static final int OWNER_ONLY = 0600;

  private final MusterHome home;
  private final Bundles bundles;

  BundleFiles(MusterHome home, Bundles bundles) {
    this.home = home;
    this.bundles = bundles;
  }

  /**
   * A file that was opened; whoever asked closes it.
   *
   * @param content from its beginning
   */
  public record Download(BundleFile file, long bytes, InputStream content) {

    public String name() {
      return file.name();
    }
  }

  /** Where a bundle was published; empty as long as it was not, and when it lies elsewhere. */
  public Optional<Path> folder(Bundle bundle) {
    return Optional.ofNullable(bundle.outbox())
        .map(outbox -> Path.of(outbox).toAbsolutePath().normalize())
        .filter(folder -> folder.startsWith(home.outbox().resolve(bundle.factory())));
  }

  /** What is there of a bundle: its parts in their order, then its receipt and its report. */
  public List<BundleFile> of(Bundle bundle) {
    return folder(bundle)
        .map(
            folder ->
                in(folder, bundles.parts(bundle.id()).stream().map(Bundle.Part::shown).toList()))
        .orElse(List.of());
  }

  /** What is there of a manifest that was refused as a whole: what explains it. */
  public List<BundleFile> ofRefused(String factory, String name) {
    return in(refused(factory, name), List.of());
  }

  private static List<BundleFile> in(Path folder, List<Receipt.Part> parts) {
    List<BundleFile> files = new ArrayList<>();
    for (Receipt.Part part : parts) {
      if (!part.name().contains("/") && isThere(folder.resolve(part.name()))) {
        files.add(new BundleFile(part.name(), part.bytes(), part.sha256(), part.devices()));
      }
    }
    for (String name : List.of(RECEIPT, RejectsReport.REPORT, RejectsReport.ROWS)) {
      Path file = folder.resolve(name);
      try {
        if (isThere(file)) {
          files.add(new BundleFile(name, Files.size(file), null, null));
        }
      } catch (IOException e) {
        // it was taken away in this moment
      }
    }
    return files;
  }

  /** Opens a file of a bundle; empty when it has none of this name, or it is not there any more. */
  public Optional<Download> open(Bundle bundle, String name) throws IOException {
    Optional<Path> folder = folder(bundle);
    return folder.isEmpty() ? Optional.empty() : open(folder.get(), of(bundle), name);
  }

  /** Opens a file of a manifest that was refused as a whole. */
  public Optional<Download> openRefused(String factory, String manifest, String name)
      throws IOException {
    return open(refused(factory, manifest), ofRefused(factory, manifest), name);
  }

  private static Optional<Download> open(Path folder, List<BundleFile> files, String name)
      throws IOException {
    Optional<BundleFile> found = files.stream().filter(one -> one.name().equals(name)).findFirst();
    return found.isEmpty() || !isThere(folder.resolve(name))
        ? Optional.empty()
        : Optional.of(open(folder, found.get()));
  }

  private static Download open(Path folder, BundleFile file) throws IOException {
    var channel =
        Files.newByteChannel(
            folder.resolve(file.name()), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    return new Download(file, channel.size(), Channels.newInputStream(channel));
  }

  /**
   * Writes all files of a bundle, one behind the other, as one archive (POSIX tar), in a folder of
   * the bundle's name.
   *
   * @throws IOException also when a file is taken away meanwhile; then the archive is cut off
   */
  public void archive(Bundle bundle, OutputStream to) throws IOException {
    Instant at = bundle.deliveredAt() == null ? bundle.begunAt() : bundle.deliveredAt();
    var tar = new TarArchiveOutputStream(to);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    Path folder = folder(bundle).orElseThrow();
    for (BundleFile file : of(bundle)) {
      Download opened = open(folder, file);
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
  }

  private Path refused(String factory, String name) {
    return home.refused().resolve(factory).resolve(name);
  }

  private static boolean isThere(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }
}
