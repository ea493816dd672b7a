package dev.muster.manifest;

import dev.muster.home.EarlyForce;
import dev.muster.home.SecretFile;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a manifest once from end to end: unpacks it if need be, copies it to the spool, hashes it,
 * finds where it can be cut, and refuses it if it can't be taken at all. What is gzip is told by
 * its first two bytes, not by its name.
 */
public final class ManifestReceiver {

  /** One candidate for a cut in so many bytes. */
  private static final int SPLIT_EVERY_BYTES = 1 << 17;

  private static final int READ_BYTES = 1 << 18;

  /**
   * From here on an expanded size of more than {@link #MAX_RATIO} times the packed one is no
   * manifest but a bomb.
   */
  private static final long RATIO_FROM_BYTES = 64L << 20;

  private static final long MAX_RATIO = 200;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private static final Pattern TRAILER = Pattern.compile("#\\s*rows\\s*=\\s*(\\d{1,18})\\s*");

  private static final int MAX_TRAILER_BYTES = 100;

  private ManifestReceiver() {}

  /**
   * The SHA-256 of a manifest's content, which is its identity: of what is inside when it is
   * gzipped, so that packing it again makes no new manifest of it.
   *
   * @return 64 hex digits
   * @throws ManifestRefusedException when it can't be unpacked
   */
  public static String sha256(Path file, ReceiveLimits limits)
      throws IOException, ManifestRefusedException {
    try (Source source = Source.open(file, limits, bytes -> {})) {
      byte[] block = new byte[READ_BYTES];
      while (source.read(block, 0, block.length) >= 0) {
        // reading hashes
      }
      return source.sha256();
    }
  }

  /** The SHA-256 of a file as it is. */
  public static String sha256AsIs(Path file) throws IOException {
    MessageDigest digest = newDigest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = new byte[READ_BYTES];
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        digest.update(block, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Receives a manifest. The spooled copy is its content, unpacked and otherwise untouched; it
   * appears whole or not at all, and is on disk when this returns.
   *
   * @param bytesRead told of every so many bytes of the file that were read
   * @throws ManifestRefusedException when it can't be taken; then there is no spooled copy
   */
  public static ReceivedManifest receive(
      Path file, Path spooled, ReceiveLimits limits, LongConsumer bytesRead)
      throws IOException, ManifestRefusedException {
    SecretFile.createParent(spooled);
    Path aside = spooled.resolveSibling(spooled.getFileName() + ".partial");
    Files.deleteIfExists(aside);
    try {
      ReceivedManifest received;
      try (FileChannel channel = SecretFile.open(aside);
          Source source = Source.open(file, limits, bytesRead)) {
        EarlyForce force = new EarlyForce(channel);
        source.copyTo(channel, force);
        received = scan(source, limits);
        force.finish();
      }
      Files.move(aside, spooled, StandardCopyOption.ATOMIC_MOVE);
      return received;
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static ReceivedManifest scan(Source source, ReceiveLimits limits)
      throws IOException, ManifestRefusedException {
    RecordCursor cursor = new RecordCursor(source::read, 0, 1, limits.maxLineBytes());
    ManifestHeader header = header(cursor);
    long dataOffset = cursor.nextOffset();
    long dataLine = cursor.nextLine();
    List<SplitPoint> splits = new ArrayList<>();
    long nextSplit = dataOffset + SPLIT_EVERY_BYTES;
    long rows = 0;
    long declared = -1;
    long declaredLine = 0;
    long dataEnd = dataOffset;
    while (cursor.next()) {
      if (cursor.blank()) {
        continue;
      }
      if (declared >= 0) { // it was not the last row after all, and so is one like any other
        rows++;
        dataEnd = cursor.offset();
        declared = -1;
      }
      if (cursor.buffer()[cursor.start()] == '#') {
        declared = declaredRows(cursor);
      }
      if (declared >= 0) {
        declaredLine = cursor.line();
        continue;
      }
      if (cursor.offset() >= nextSplit) {
        splits.add(new SplitPoint(cursor.offset(), cursor.line()));
        nextSplit = cursor.offset() + SPLIT_EVERY_BYTES;
      }
      rows++;
      dataEnd = cursor.nextOffset();
    }
    source.checkWholeCharacter();
    if (declared >= 0 && declared != rows) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "Line %d says that there are %,d rows, but there are %,d. The file was cut off or changed on its way; send it again."
              .formatted(declaredLine, declared, rows));
    }
    if (rows == 0) {
      throw new ManifestRefusedException(
          RefusalCode.NO_ROWS, "The manifest has a header and no rows of data.");
    }
    return new ReceivedManifest(
        source.sha256(),
        source.bytes(),
        rows,
        header,
        new ManifestRange(dataOffset, dataEnd, dataLine),
        splits);
  }

  private static ManifestHeader header(RecordCursor cursor)
      throws IOException, ManifestRefusedException {
    boolean found = cursor.next();
    int start = cursor.start();
    if (found && startsWith(cursor, BYTE_ORDER_MARK)) {
      start += BYTE_ORDER_MARK.length;
    }
    String record =
        found
            ? new String(cursor.buffer(), start, cursor.end() - start, StandardCharsets.UTF_8)
            : "";
    if (record.isBlank()) {
      throw new ManifestRefusedException(
          RefusalCode.NO_HEADER,
          "The file %s. Begin it with a line of column names, one of them device_id."
              .formatted(found ? "begins with an empty line" : "is empty"));
    }
    return ManifestHeader.parse(record);
  }

  private static boolean startsWith(RecordCursor cursor, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (cursor.start() + i >= cursor.end() || cursor.buffer()[cursor.start() + i] != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** How many rows a trailer says there are; -1 when the record is no trailer. */
  private static long declaredRows(RecordCursor cursor) {
    int length = cursor.end() - cursor.start();
    if (length > MAX_TRAILER_BYTES) {
      return -1;
    }
    Matcher trailer =
        TRAILER.matcher(
            new String(cursor.buffer(), cursor.start(), length, StandardCharsets.UTF_8));
    return trailer.matches() ? Long.parseLong(trailer.group(1)) : -1;
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /** The content, unpacked, and hashed, checked and copied as it is read. */
  private static final class Source implements AutoCloseable {

    private final Packed packed;
    private final InputStream in;
    private final ReceiveLimits limits;
    private final MessageDigest digest = newDigest();
    private final Utf8 utf8 = new Utf8();
    private @Nullable WritableByteChannel copy;
    private @Nullable EarlyForce force;
    private long bytes;

    private Source(Packed packed, InputStream in, ReceiveLimits limits) {
      this.packed = packed;
      this.in = in;
      this.limits = limits;
    }

    static Source open(Path file, ReceiveLimits limits, LongConsumer bytesRead)
        throws IOException, ManifestRefusedException {
      Packed packed = new Packed(Files.newInputStream(file), bytesRead);
      try {
        PushbackInputStream in = new PushbackInputStream(packed, 2);
        byte[] magic = in.readNBytes(2);
        in.unread(magic);
        boolean gzip = magic.length == 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B;
        return new Source(packed, gzip ? new GzipMembers(in) : in, limits);
      } catch (ZipException e) {
        packed.close();
        throw damaged(e, 0);
      } catch (IOException e) {
        packed.close();
        throw e;
      }
    }

    /** From here on what is read is also copied there, and checked. */
    void copyTo(WritableByteChannel target, EarlyForce force) {
      copy = target;
      this.force = force;
    }

    int read(byte[] target, int offset, int length) throws IOException, ManifestRefusedException {
      int read;
      try {
        read = in.read(target, offset, length);
      } catch (ZipException e) {
        throw damaged(e, bytes);
      }
      if (read < 0) {
        return read;
      }
      if (copy != null && force != null) {
        int wrong = utf8.check(target, offset, offset + read);
        if (wrong >= 0) {
          throw notUtf8(target, wrong, bytes + wrong - offset);
        }
        copy.write(ByteBuffer.wrap(target, offset, read));
        force.written(read);
      }
      digest.update(target, offset, read);
      bytes += read;
      if (bytes > limits.maxBytes()
          || (bytes > RATIO_FROM_BYTES && bytes > packed.bytes() * MAX_RATIO)) {
        throw new ManifestRefusedException(
            RefusalCode.EXPANDS_TOO_MUCH,
            "The manifest has more than %,d bytes%s. Split it into several."
                .formatted(
                    Math.min(bytes, limits.maxBytes()),
                    in instanceof GzipMembers
                        ? " when unpacked, from %,d".formatted(packed.bytes())
                        : ""));
      }
      return read;
    }

    void checkWholeCharacter() throws ManifestRefusedException {
      if (!utf8.complete()) {
        throw new ManifestRefusedException(
            RefusalCode.NOT_UTF8,
            "The file ends in the middle of a character, at byte %,d. It was cut off, or is not UTF-8."
                .formatted(bytes));
      }
    }

    String sha256() {
      return HexFormat.of().formatHex(digest.digest());
    }

    long bytes() {
      return bytes;
    }

    private static ManifestRefusedException notUtf8(byte[] block, int index, long offset) {
      int b = block[index] & 0xFF;
      return new ManifestRefusedException(
          RefusalCode.NOT_UTF8,
          offset == 0 && b >= 0xFE
              ? "The file looks like UTF-16. Save it as UTF-8."
              : "The file is not UTF-8: the byte 0x%02X at offset %d can't stand there. Save it as UTF-8."
                  .formatted(b, offset));
    }

    private static ManifestRefusedException damaged(ZipException how, long offset) {
      return new ManifestRefusedException(
          RefusalCode.DAMAGED_GZIP,
          "The gzip file is damaged or cut off: %s. Its content is whole up to byte %,d at the most. Send it again."
              .formatted(how.getMessage(), offset));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** The file as it is; counts, and tells of, what is read of it. */
  private static final class Packed extends FilterInputStream {

    private final LongConsumer bytesRead;
    private long bytes;

    Packed(InputStream in, LongConsumer bytesRead) {
      super(in);
      this.bytesRead = bytesRead;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      if (read > 0) {
        bytes += read;
        bytesRead.accept(read);
      }
      return read;
    }

    long bytes() {
      return bytes;
    }
  }
}
