package dev.muster.bundle;

import com.exceptionfactory.jagged.PayloadException;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Opens a part of a bundle, for a factory that has no {@code age}. */
public final class BundleOpener {

  private static final int BUFFER_BYTES = 1 << 16;

  /** The first line of every age file that is not in ASCII armour. */
  private static final String VERSION_LINE = "age-encryption.org/v1\n";

  private BundleOpener() {}

  /**
   * Decrypts a part. Each 64 KiB are authenticated before they are handed out; whoever reads them
   * must still wait for the end, because only there is it known that nothing was cut off.
   *
   * @throws BundleException when none of the identities opens it, or it is damaged or cut off
   * @throws IOException when it can't be read, or {@code out} can't be written
   */
  public static void open(Path part, List<AgeIdentity> identities, OutputStream out)
      throws IOException {
    try (FileChannel file = FileChannel.open(part, StandardOpenOption.READ);
        ReadableByteChannel plain = decrypting(part, file, identities)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (read(part, plain, buffer)) {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      out.flush();
    }
  }

  private static ReadableByteChannel decrypting(
      Path part, FileChannel file, List<AgeIdentity> identities) throws IOException {
    List<RecipientStanzaReader> readers = new ArrayList<>();
    try {
      for (AgeIdentity identity : identities) {
        readers.add(identity.stanzaReader());
      }
      return AgeCipher.decrypting().newDecryptingChannel(file, readers);
    } catch (GeneralSecurityException | PayloadException | BufferUnderflowException e) {
      // A header that ends too early is, to Jagged, a buffer that ends too early.
      throw unopened(part, e);
    }
  }

  private static boolean read(Path part, ReadableByteChannel plain, ByteBuffer buffer)
      throws IOException {
    try {
      return plain.read(buffer) >= 0;
    } catch (PayloadException e) {
      throw new BundleException(
          "%s is damaged or cut off; what was printed of it is not all. Fetch it again and compare its SHA-256 with the receipt."
              .formatted(part),
          e);
    }
  }

  private static BundleException unopened(Path part, Exception cause) {
    if (!startsAsAge(part)) {
      return new BundleException(
          "%s is no part of a bundle: it does not begin as an age file does (%s)."
              .formatted(part, VERSION_LINE.strip()),
          cause);
    }
    if (cause instanceof UnsupportedRecipientStanzaException) {
      return new BundleException(
          "%s is not encrypted to this key, or damaged at its beginning. Use the identity whose public key the factory is registered with, and compare the file's SHA-256 with the receipt."
              .formatted(part),
          cause);
    }
    return new BundleException(
        "%s can't be opened: it is damaged or cut off at its beginning, or not encrypted to this key. Compare its SHA-256 with the receipt."
            .formatted(part),
        cause);
  }

  private static boolean startsAsAge(Path part) {
    byte[] version = VERSION_LINE.getBytes(StandardCharsets.US_ASCII);
    try (InputStream file = Files.newInputStream(part)) {
      return Arrays.equals(version, file.readNBytes(version.length));
    } catch (IOException e) {
      return true; // it can be read only once, or not any more; say nothing about its beginning
    }
  }
}
