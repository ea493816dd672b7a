package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.manifest.PlainReader.Row;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Receives what fuzzing makes up, and holds the copy and its rows against plainer readers. */
final class ReceivedFile {

  static final ManifestFormat AGREED =
      new ManifestFormat(
          Separator.SEMICOLON,
          ManifestFormat.Encoding.WINDOWS_1252,
          Map.of("Geräte-ID", "device_id", "Serie", "serial_number"),
          Map.of(),
          List.of(),
          Map.of("model", List.of("TH-200", "TH-300")),
          Map.of(),
          false);

  private static final ReceiveLimits LIMITS = new ReceiveLimits(1 << 24);
  private static final Path FOLDER = folder();

  private final ReceivedManifest received;
  private final List<Row> rows;

  private ReceivedFile(ReceivedManifest received, List<Row> rows) {
    this.received = received;
    this.rows = rows;
  }

  ReceivedManifest received() {
    return received;
  }

  /** Its rows of data as the plain reader finds them, in order. */
  List<Row> rows() {
    return rows;
  }

  static ManifestFiles files() {
    return new ManifestFiles(FOLDER);
  }

  /** A factory has one format for all that it sends; here it depends on what is sent. */
  static ManifestFormat formatFor(byte[] data) {
    return Arrays.hashCode(data) % 3 == 0 ? AGREED : ManifestFormat.NONE;
  }

  /** Null: it is refused, in a sentence. */
  static @Nullable ReceivedFile of(byte[] data, ManifestFormat format) throws IOException {
    ReceivedManifest received = receive(new Pieces(data), format);
    ReceivedManifest whole = receive(new ByteArrayInputStream(data), format);
    if (received == null || whole == null) {
      assertThat(received).isEqualTo(whole);
      assertThat(Files.exists(files().spooled())).isFalse();
      return null;
    }
    assertThat(whole.toString()).isEqualTo(received.toString());
    byte[] content = Files.readAllBytes(files().spooled());
    compareContent(data, content, format);
    assertThat(received.bytes()).isEqualTo(content.length);
    assertThat(received.sha256()).isEqualTo(sha256(content));
    assertThat(received.warnings()).allMatch(warning -> warning.length() <= 1000);
    return new ReceivedFile(received, rowsOf(received, content));
  }

  private static @Nullable ReceivedManifest receive(InputStream sent, ManifestFormat format)
      throws IOException {
    Files.deleteIfExists(files().spooled());
    try {
      return ManifestReceiver.receive(
          new AsSent(sent, read -> {}), files().spooled(), LIMITS, format);
    } catch (ManifestRefusedException e) {
      assertThat(e.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
      return null;
    }
  }

  private static void compareContent(byte[] data, byte[] content, ManifestFormat format)
      throws IOException {
    byte[] unpacked = data;
    if (data.length > 1 && data[0] == 0x1F && data[1] == (byte) 0x8B) {
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(data))) {
        unpacked = in.readAllBytes(); // of several members perhaps not all
      }
    }
    int mark = unpacked.length < 2 ? 0 : ((unpacked[0] & 0xFF) << 8) | (unpacked[1] & 0xFF);
    boolean marked = unpacked.length > 2 && mark == 0xEFBB && unpacked[2] == (byte) 0xBF;
    Charset encoding =
        mark == 0xFEFF
            ? StandardCharsets.UTF_16BE
            : mark == 0xFFFE
                ? StandardCharsets.UTF_16LE
                : marked || format.encoding() == null
                    ? StandardCharsets.UTF_8
                    : Charset.forName("windows-1252");
    int from = mark == 0xFEFF || mark == 0xFFFE ? 2 : 0;
    try {
      ByteBuffer expected =
          StandardCharsets.UTF_8.encode(
              encoding
                  .newDecoder()
                  .decode(ByteBuffer.wrap(unpacked, from, unpacked.length - from)));
      assertThat(expected.remaining()).isLessThanOrEqualTo(content.length);
      assertThat(ByteBuffer.wrap(content, 0, expected.remaining())).isEqualTo(expected);
      assertThat(unpacked == data ? content.length : 0).isLessThanOrEqualTo(expected.remaining());
    } catch (CharacterCodingException e) {
      throw new AssertionError("taken, though it is not " + encoding, e);
    }
  }

  private static List<Row> rowsOf(ReceivedManifest received, byte[] content) {
    int from = Math.toIntExact(received.data().offset());
    String text = new String(content, from, content.length - from, StandardCharsets.UTF_8);
    String above = new String(content, 0, from, StandardCharsets.UTF_8);
    Separator separator = received.header().separator();
    assertThat(received.data().line()).isEqualTo(1 + above.chars().filter(c -> c == '\n').count());
    PlainReader.Rows all = PlainReader.rows(text, separator, received.data().line());
    assertThat(all.unclosed()).isFalse();
    List<Row> rows = all.rows().stream().filter(row -> !row.blank()).toList();
    if (text.indexOf(RowKind.CTRL_Z) >= 0) { // behind which what is no row is passed over
      return rows.subList(0, Math.toIntExact(Math.min(rows.size(), received.rows())));
    }
    int trailers =
        !rows.isEmpty() && rows.get(rows.size() - 1).trailer((char) separator.character()) ? 1 : 0;
    assertThat(received.rows()).isEqualTo(rows.size() - trailers);
    long blank = (long) all.rows().size() - rows.size();
    assertThat(received.blankRows())
        .isBetween(blank, blank + above.chars().filter(c -> c == '\n').count());
    return rows.subList(0, rows.size() - trailers);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** In memory where there is such a place: what is received is forced to disk each time. */
  private static Path folder() {
    Path memory = Path.of("/dev/shm");
    try {
      Path folder =
          Files.createTempDirectory(
              Files.isWritable(memory) ? memory : Files.createDirectories(Path.of("target/tmp")),
              "muster-fuzz");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
      return folder;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void remove(Path folder) {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // a few bytes are left
    }
  }
}
