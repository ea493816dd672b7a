package dev.muster.blob;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.ParallelTransferOptions;
import com.azure.storage.blob.options.BlobUploadFromFileOptions;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where senders find their answers: a folder for each name, and in it the latest bundle under that
 * name. A receipt is there only when everything is that it lists.
 */
final class BlobOutbox {

  private static final String PROBLEM = "problem.txt";

  /** Of a file that is uploaded, so much at a time is in memory. */
  static final ParallelTransferOptions IN_BLOCKS =
      new ParallelTransferOptions()
          .setBlockSizeLong(4L << 20)
          .setMaxSingleUploadSizeLong(4L << 20)
          .setMaxConcurrency(2);

  private final BlobAccount account;
  private final BlobProperties properties;

  BlobOutbox(BlobAccount account, BlobProperties properties) {
    this.account = account;
    this.properties = properties;
  }

  /** Uploads a bundle, its receipt last; does nothing when that was done before. */
  URI deliver(String folder, Path bundle) throws IOException {
    Path receipt = bundle.resolve(Outbox.RECEIPT);
    if (!Files.isRegularFile(receipt)) {
      throw new IOException(
          "There is no bundle in %s, so it can't be uploaded. Is it on another machine? Instances must share MUSTER_HOME, or a store (muster.store)."
              .formatted(bundle));
    }
    Set<String> names;
    try (Stream<Path> files = Files.list(bundle)) {
      names =
          files
              .filter(Files::isRegularFile)
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new));
    }
    byte[] content = Files.readAllBytes(receipt);
    BlobAddress published = address(folder, Outbox.RECEIPT);
    if (!holds(published, content)) {
      delete(published);
      for (String name : names) {
        if (!name.equals(Outbox.RECEIPT)) {
          upload(bundle.resolve(name), address(folder, name));
        }
      }
      upload(content, published);
    }
    deleteOthers(folder, names);
    return address(folder, "").uri();
  }

  /** Says that it was done before, and its bundle was taken away since. */
  URI tell(String folder, String receipt) throws IOException {
    upload(receipt.getBytes(StandardCharsets.UTF_8), address(folder, Outbox.RECEIPT));
    return address(folder, "").uri();
  }

  /** Says what was wrong; an earlier bundle under that name stays. */
  URI say(String folder, String problem) throws IOException {
    BlobAddress said = address(folder, PROBLEM);
    upload((problem + "\n").getBytes(StandardCharsets.UTF_8), said);
    return said.uri();
  }

  private BlobAddress address(String folder, String name) {
    return account.address(properties.outboxContainer(), folder + "/" + name);
  }

  private void upload(Path file, BlobAddress address) throws StorageException {
    StorageException.unless(
        "Uploading " + address,
        () ->
            account
                .blob(address)
                .uploadFromFileWithResponse(
                    new BlobUploadFromFileOptions(file.toString())
                        .setParallelTransferOptions(IN_BLOCKS),
                    null,
                    Context.NONE));
  }

  private void upload(byte[] content, BlobAddress address) throws StorageException {
    StorageException.unless(
        "Uploading " + address,
        () -> {
          account.blob(address).upload(BinaryData.fromBytes(content), true);
          return true;
        });
  }

  private void delete(BlobAddress address) throws StorageException {
    StorageException.unless("Deleting " + address, account.blob(address)::deleteIfExists);
  }

  private boolean holds(BlobAddress address, byte[] content) throws StorageException {
    BlobClient blob = account.blob(address);
    try {
      com.azure.storage.blob.models.BlobProperties there =
          StorageException.unless("Looking at " + address, blob::getProperties);
      return there.getBlobSize() == content.length
          && Arrays.equals(there.getContentMd5(), md5(content));
    } catch (StorageException e) {
      if (e.gone()) {
        return false;
      }
      throw e;
    }
  }

  /** What an earlier bundle or problem under that name has left. */
  private void deleteOthers(String folder, Set<String> names) throws StorageException {
    String what = "Listing container " + properties.outboxContainer();
    Iterator<BlobItem> items =
        StorageException.unless(
            what,
            () ->
                account
                    .container(properties.outboxContainer())
                    .listBlobsByHierarchy(folder + "/")
                    .iterator());
    while (StorageException.unless(what, items::hasNext)) {
      BlobItem item = StorageException.unless(what, items::next);
      String name = item.getName().substring(folder.length() + 1);
      if (!Boolean.TRUE.equals(item.isPrefix()) && !names.contains(name)) {
        delete(address(folder, name));
      }
    }
  }

  private static byte[] md5(byte[] content) {
    try {
      return MessageDigest.getInstance("MD5").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
