package dev.muster.bundle;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Opens a part of a bundle, for a factory that has no {@code age}. */
public final class BundleOpener {

  private static final int BUFFER_BYTES = 1 << 16;

  private BundleOpener() {}

  /**
   * Decrypts a part. Each 64 KiB are authenticated before they are handed out; whoever reads them
   * must still wait for the end, because only there is it known that nothing was cut off.
   *
   * @throws BundleException when none of the identities opens it, or it is damaged or cut off
   */
  public static void open(Path part, List<AgeIdentity> identities, OutputStream out)
      throws IOException {
    try (FileChannel file = FileChannel.open(part, StandardOpenOption.READ);
        ReadableByteChannel plain =
            AgeCipher.decrypting().newDecryptingChannel(file, readers(identities))) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (plain.read(buffer) >= 0) {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      out.flush();
    } catch (UnsupportedRecipientStanzaException e) {
      throw new BundleException(
          "%s is not encrypted to this key. Use the identity whose public key the factory is registered with."
              .formatted(part),
          e);
    } catch (GeneralSecurityException e) {
      throw new BundleException(
          "%s can't be opened: it is damaged, or not encrypted to this key.".formatted(part), e);
    } catch (com.exceptionfactory.jagged.PayloadException | EOFException e) {
      throw damaged(part, e);
    } catch (IOException e) {
      if (e.getClass().getName().startsWith("com.exceptionfactory.jagged")) {
        throw damaged(part, e);
      }
      throw e;
    }
  }

  private static BundleException damaged(Path part, Exception cause) {
    return new BundleException(
        "%s is damaged or cut off; what was printed of it is not all. Fetch it again and compare its SHA-256 with the receipt."
            .formatted(part),
        cause);
  }

  private static List<RecipientStanzaReader> readers(List<AgeIdentity> identities)
      throws GeneralSecurityException {
    List<RecipientStanzaReader> readers = new ArrayList<>();
    for (AgeIdentity identity : identities) {
      readers.add(identity.stanzaReader());
    }
    return readers;
  }
}
