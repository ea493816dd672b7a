package dev.muster.manifest;

import dev.muster.home.EarlyForce;
import dev.muster.home.SecretFile;
import dev.muster.home.Sha256;
import dev.muster.manifest.ManifestFormat.Encoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a manifest once from end to end: unpacks it if need be, copies it to the spool as UTF-8,
 * hashes it, finds where it can be cut, and refuses it if it can't be taken at all. What is gzip is
 * told by its first two bytes, not by its name.
 */
public final class ManifestReceiver {

  /** One candidate for a cut in so many bytes. */
  private static final int SPLIT_EVERY_BYTES = 1 << 17;

  /**
   * From here on an expanded size of more than {@link #MAX_RATIO} times the packed one is no
   * manifest but a bomb.
   */
  private static final long RATIO_FROM_BYTES = 64L << 20;

  /** How the name of a file ends that is being written. */
  public static final String PARTIAL = ".partial";

  private static final long MAX_RATIO = 200;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** How much of a file is looked at to tell what it is. */
  private static final int HEAD_BYTES = 1 << 12;

  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

  private ManifestReceiver() {}

  /**
   * Receives a manifest. The spooled copy is its content, unpacked, in UTF-8 and otherwise
   * untouched; it appears whole or not at all, and is on disk when this returns.
   *
   * @param sent the file as it was sent
   * @throws ManifestRefusedException when it can't be taken; then there is no spooled copy, and not
   *     all of it may have been read
   */
  public static ReceivedManifest receive(
      AsSent sent, Path spooled, ReceiveLimits limits, ManifestFormat format)
      throws IOException, ManifestRefusedException {
    SecretFile.createParent(spooled);
    Path aside = spooled.resolveSibling(spooled.getFileName() + PARTIAL);
    Files.deleteIfExists(aside);
    try {
      ReceivedManifest received;
      try (FileChannel channel = SecretFile.open(aside);
          Source source = Source.open(sent, limits, format)) {
        EarlyForce force = new EarlyForce(channel);
        source.copyTo(channel, force);
        received = scan(source, limits, format);
        force.finish();
      }
      Files.move(aside, spooled, StandardCopyOption.ATOMIC_MOVE);
      return received;
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static ReceivedManifest scan(Source source, ReceiveLimits limits, ManifestFormat format)
      throws IOException, ManifestRefusedException {
    RecordCursor cursor = new RecordCursor(source::read, 0, 1, limits.maxLineBytes());
    HeaderReader headerReader = new HeaderReader(cursor, format);
    ManifestHeader header = headerReader.read();
    format.check(header);
    UnnamedColumns unnamed = new UnnamedColumns(header);
    Blanks blanks = new Blanks(headerReader.blank());
    int columns = header.columns().size();
    long dataOffset = cursor.nextOffset();
    long dataLine = cursor.nextLine();
    List<SplitPoint> splits = new ArrayList<>();
    long nextSplit = dataOffset + SPLIT_EVERY_BYTES;
    long rows = 0;
    long declared = -1;
    long declaredLine = 0;
    long dataEnd = dataOffset;
    while (cursor.next()) {
      RowKind kind = RowKind.of(cursor);
      if (kind == RowKind.BLANK) {
        blanks.add(cursor.line());
        continue;
      }
      if (kind == RowKind.END_MARK) {
        blanks.endMark(cursor, columns);
        continue;
      }
      if (blanks.behindEndMark(cursor, columns)) {
        continue;
      }
      if (declared >= 0) {
        throw new ManifestRefusedException(
            RefusalCode.ROW_COUNT_MISMATCH,
            "Line %d says that there are %,d rows, and further ones stand behind it. Files were put together, or it is not the last line; send each by itself."
                .formatted(declaredLine, declared));
      }
      if (kind == RowKind.TRAILER) {
        declared = Trailer.rows(cursor);
        declaredLine = cursor.line();
        continue;
      }
      if (cursor.fields() != columns
          || (columns == 1 && cursor.end() - cursor.start() > Column.DEVICE_ID.maxLength())) {
        ManifestRefusedException lineEnds =
            LineEnds.refusal(cursor.buffer(), cursor.start(), cursor.end(), cursor.line());
        if (lineEnds != null) {
          throw lineEnds;
        }
      }
      unnamed.check(cursor);
      if (cursor.offset() >= nextSplit) {
        splits.add(new SplitPoint(cursor.offset(), cursor.line()));
        nextSplit = cursor.offset() + SPLIT_EVERY_BYTES;
      }
      rows++;
      dataEnd = blanks.endOf(cursor);
    }
    source.checkWholeCharacter();
    if (declared >= 0 && declared != rows) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "Line %d says that there are %,d rows, but there are %,d. The file was cut off or changed on its way; send it again."
              .formatted(declaredLine, declared, rows));
    }
    if (declared < 0 && format.trailer()) {
      throw new ManifestRefusedException(
          RefusalCode.MISSING_TRAILER,
          "The file does not end in '# rows=%d', which the format that was agreed with this factory requires. It was cut off, or its trailer was forgotten; send it whole."
              .formatted(rows));
    }
    if (rows == 0) {
      throw new ManifestRefusedException(
          RefusalCode.NO_ROWS, "The manifest has a header and no rows of data.");
    }
    List<String> warnings = new ArrayList<>(source.warnings());
    warnings.addAll(header.doubts());
    warnings.addAll(blanks.warnings());
    return new ReceivedManifest(
        source.sha256(),
        source.bytes(),
        rows,
        blanks.count(),
        header,
        new ManifestRange(dataOffset, dataEnd, dataLine),
        splits,
        format.received(),
        warnings);
  }

  /** The content as UTF-8, unpacked, and hashed, checked and copied as it is read. */
  private static final class Source implements AutoCloseable {

    private final AsSent sent;
    private final boolean gzip;
    private final InputStream in;
    private final @Nullable Charset other;
    private final int marks;
    private final ReceiveLimits limits;
    private final @Nullable MessageDigest digest;
    private final Utf8 utf8 = new Utf8();
    private @Nullable WritableByteChannel copy;
    private @Nullable EarlyForce force;
    private long bytes;

    /**
     * @param other what the text was converted from; null: it is UTF-8
     */
    private Source(
        AsSent sent,
        boolean gzip,
        InputStream in,
        @Nullable Charset other,
        int marks,
        ReceiveLimits limits) {
      this.sent = sent;
      this.gzip = gzip;
      this.in = in;
      this.other = other;
      this.digest = gzip || other != null ? Sha256.digest() : null;
      this.marks = marks;
      this.limits = limits;
    }

    static Source open(AsSent sent, ReceiveLimits limits, ManifestFormat format)
        throws IOException, ManifestRefusedException {
      try {
        PushbackInputStream asSent = new PushbackInputStream(sent, 2);
        byte[] magic = asSent.readNBytes(2);
        asSent.unread(magic);
        boolean gzip = magic.length == 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B;
        PushbackInputStream content =
            new PushbackInputStream(gzip ? new GzipMembers(asSent) : asSent, HEAD_BYTES);
        byte[] head = content.readNBytes(HEAD_BYTES);
        ManifestRefusedException otherKind = FileKind.refusal(head);
        if (otherKind != null) {
          throw otherKind;
        }
        Charset utf16 = utf16(head);
        int marks = marks(head);
        content.unread(head, utf16 == null ? 0 : 2, head.length - (utf16 == null ? 0 : 2));
        Charset other =
            utf16 == null && marks == 0 && format.encoding() == Encoding.WINDOWS_1252
                ? WINDOWS_1252
                : utf16;
        return new Source(
            sent,
            gzip,
            other == null ? content : new Transcoded(content, other),
            other,
            marks,
            limits);
      } catch (ZipException e) {
        throw damaged(e, 0);
      }
    }

    private static @Nullable Charset utf16(byte[] head) {
      if (head.length < 2) {
        return null;
      }
      int mark = (head[0] & 0xFF) << 8 | (head[1] & 0xFF);
      return switch (mark) {
        case 0xFEFF -> StandardCharsets.UTF_16BE;
        case 0xFFFE -> StandardCharsets.UTF_16LE;
        default -> null;
      };
    }

    private static int marks(byte[] head) {
      int marks = 0;
      while (head.length >= 3 * marks + 3
          && Arrays.equals(head, 3 * marks, 3 * marks + 3, BYTE_ORDER_MARK, 0, 3)) {
        marks++;
      }
      return marks;
    }

    /** From here on what is read is also copied there, and checked. */
    void copyTo(WritableByteChannel target, EarlyForce force) {
      copy = target;
      this.force = force;
    }

    int read(byte[] target, int offset, int length) throws IOException, ManifestRefusedException {
      int read = readUnchecked(target, offset, length);
      if (read < 0) {
        return read;
      }
      if (copy != null && force != null) {
        int wrong = utf8.check(target, offset, offset + read);
        if (wrong >= 0) {
          throw target[wrong] == 0
              ? nul(target, wrong, offset + read)
              : notUtf8(target, wrong, bytes + wrong - offset);
        }
        copy.write(ByteBuffer.wrap(target, offset, read));
        force.written(read);
      }
      if (digest != null) {
        digest.update(target, offset, read);
      }
      bytes += read;
      if (bytes > limits.maxBytes()
          || (bytes > RATIO_FROM_BYTES && bytes > sent.bytes() * MAX_RATIO)) {
        throw new ManifestRefusedException(
            RefusalCode.EXPANDS_TOO_MUCH,
            "The manifest has more than %,d bytes%s. Split it into several."
                .formatted(
                    Math.min(bytes, limits.maxBytes()),
                    gzip ? " when unpacked, from %,d".formatted(sent.bytes()) : ""));
      }
      return read;
    }

    private int readUnchecked(byte[] target, int offset, int length)
        throws IOException, ManifestRefusedException {
      try {
        return in.read(target, offset, length);
      } catch (ZipException e) {
        throw damaged(e, bytes);
      } catch (CharacterCodingException e) {
        throw new ManifestRefusedException(
            RefusalCode.NOT_UTF8,
            (WINDOWS_1252.equals(other)
                    ? "The file is read as windows-1252, as its factory's format says, but holds"
                        + " what is no character there behind byte %,d of its text. It is in"
                        + " another encoding, or damaged; send it again."
                    : "The file is UTF-16, but holds half a character behind byte %,d of its text."
                        + " It was cut off or damaged; send it again.")
                .formatted(bytes));
      }
    }

    void checkWholeCharacter() throws ManifestRefusedException {
      if (!utf8.complete()) {
        throw new ManifestRefusedException(
            RefusalCode.NOT_UTF8,
            "The file ends in the middle of a character, at byte %,d. It was cut off, or is not UTF-8."
                .formatted(bytes));
      }
    }

    /** Of UTF-8 that of the content as it is; of others that of the same text in UTF-8. */
    String sha256() {
      return digest == null ? sent.sha256() : HexFormat.of().formatHex(digest.digest());
    }

    long bytes() {
      return bytes;
    }

    List<String> warnings() {
      return marks < 2
          ? List.of()
          : List.of(
              "The file begins with %d byte order marks (U+FEFF); one is enough.".formatted(marks));
    }

    /** NUL bytes up to the end are what a file system leaves of a file that was not written. */
    private ManifestRefusedException nul(byte[] block, int at, int end)
        throws IOException, ManifestRefusedException {
      long offset = bytes + at;
      int from = at;
      int to = end;
      long nuls = 0;
      do {
        for (; from < to; from++, nuls++) {
          if (block[from] != 0) {
            return new ManifestRefusedException(
                RefusalCode.NUL_BYTES,
                "The file holds NUL bytes (U+0000), the first of them at offset %,d. It is damaged, or no text; send it again as CSV."
                    .formatted(offset));
          }
        }
        from = 0;
        to = readUnchecked(block, 0, block.length);
      } while (to >= 0 && bytes + nuls < limits.maxBytes());
      return new ManifestRefusedException(
          RefusalCode.NUL_BYTES,
          "The file ends in %,d NUL bytes, from offset %,d on: it was not copied whole. Send it again."
              .formatted(nuls, offset));
    }

    private static ManifestRefusedException notUtf8(byte[] block, int index, long offset) {
      int at = index;
      if ((block[index] & 0xC0) != 0x80) { // what a character began with stands before it
        while (at > 0 && index - at < 3 && (block[at - 1] & 0xC0) == 0x80) {
          at--;
        }
        at = at > 0 && (block[at - 1] & 0xC0) == 0xC0 ? at - 1 : index;
      }
      String otherwise = new String(block, at, 1, WINDOWS_1252);
      return new ManifestRefusedException(
          RefusalCode.NOT_UTF8,
          "The file is not UTF-8: the byte 0x%02X at offset %d can't stand there%s. Save it as UTF-8 (“CSV UTF-8”)."
              .formatted(
                  block[at],
                  offset + at - index,
                  Character.isLetter(otherwise.charAt(0))
                      ? "; in windows-1252 it would be “%s”".formatted(otherwise)
                      : ""));
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
}
