package dev.muster.bundle;

import com.exceptionfactory.jagged.EncryptingChannelFactory;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import dev.muster.credential.Issuer;
import dev.muster.home.EarlyForce;
import dev.muster.home.FailureSentence;
import dev.muster.home.SecretFile;
import dev.muster.home.Sha256;
import dev.muster.manifest.Guid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one part of a bundle: CSV with a line for each device, encrypted with age as it is
 * written. No token touches the disk in the clear. Closed without {@link #finish()}, it leaves no
 * file. Not thread-safe.
 *
 * <p>Lines end with CRLF, as RFC 4180 has it. No field needs quotes.
 */
public final class BundlePartWriter implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final Hashed hashed;
  private final WritableByteChannel encrypted;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final List<String> columns;
  private @Nullable Issuer last;
  private int maxLineLength;
  private int size;
  private long devices;
  private boolean finished;

  /**
   * @param file that is not there yet
   * @param recipients who will be able to open the part; at least one
   * @throws java.nio.file.FileAlreadyExistsException when the file is there; it is left as it is
   */
  public BundlePartWriter(Path file, List<AgeRecipient> recipients, List<String> columns)
      throws IOException {
    this(file, recipients, columns, AgeCipher.encrypting());
  }

  BundlePartWriter(
      Path file,
      List<AgeRecipient> recipients,
      List<String> columns,
      EncryptingChannelFactory encryption)
      throws IOException {
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("A bundle needs at least one recipient.");
    }
    this.file = file;
    this.columns = columns;
    this.channel = SecretFile.open(file);
    this.hashed = new Hashed(channel);
    try {
      List<RecipientStanzaWriter> writers = new ArrayList<>();
      for (AgeRecipient recipient : recipients) {
        writers.add(recipient.stanzaWriter());
      }
      encrypted = encryption.newEncryptingChannel(hashed, writers);
    } catch (GeneralSecurityException e) {
      close();
      throw new IOException("The bundle can't be encrypted. " + FailureSentence.of(e), e);
    } catch (IOException | RuntimeException e) {
      close(); // age's header goes to the file at once, so a full disk shows here
      throw e;
    }
    byte[] header =
        ("device_id," + String.join(",", columns) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(header, 0, buffer, 0, header.length);
    size = header.length;
  }

  /** What the part with this number, counted from 1, of so many is called. */
  public static String partName(int part, int parts) {
    return parts == 1 ? "tokens.csv.age" : "tokens-%03d-of-%03d.csv.age".formatted(part, parts);
  }

  /**
   * Adds a device's line.
   *
   * @throws IllegalArgumentException when the issuer writes other columns than the part has
   */
  public void add(long guidHigh, long guidLow, Issuer issuer) throws IOException {
    if (issuer != last) {
      if (!issuer.columns().equals(columns)) {
        throw new IllegalArgumentException(
            "A part with the columns %s can't hold credentials of the columns %s."
                .formatted(columns, issuer.columns()));
      }
      maxLineLength = Guid.LENGTH + 1 + issuer.maxLength() + 2;
      last = issuer;
    }
    if (maxLineLength > BUFFER_BYTES - size) {
      flush();
    }
    int at = Guid.write(guidHigh, guidLow, buffer, size);
    buffer[at++] = ',';
    at = issuer.write(guidHigh, guidLow, buffer, at);
    buffer[at++] = '\r';
    buffer[at++] = '\n';
    size = at;
    devices++;
  }

  public Receipt.Part finish() throws IOException {
    flush();
    encrypted.close();
    hashed.force();
    channel.close();
    finished = true;
    return new Receipt.Part(
        String.valueOf(file.getFileName()), hashed.sha256(), hashed.bytes, devices);
  }

  @Override
  public void close() throws IOException {
    if (!finished) {
      channel.close();
      Files.deleteIfExists(file);
    }
  }

  private void flush() throws IOException {
    encrypted.write(ByteBuffer.wrap(buffer, 0, size));
    size = 0;
  }

  /** Hashes what goes to the file. Stays open until the file is forced to disk. */
  private static final class Hashed implements WritableByteChannel {

    private final FileChannel channel;
    private final MessageDigest digest = Sha256.digest();
    private long bytes;
    private final EarlyForce force;
    private boolean open = true;

    Hashed(FileChannel channel) {
      this.channel = channel;
      this.force = new EarlyForce(channel);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      digest.update(source.duplicate());
      int length = source.remaining();
      while (source.hasRemaining()) {
        channel.write(source);
      }
      bytes += length;
      force.written(length);
      return length;
    }

    void force() throws IOException {
      force.finish();
    }

    String sha256() {
      return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
