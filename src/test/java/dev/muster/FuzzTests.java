package dev.muster;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import dev.muster.eventhubs.NoticeFuzz;
import dev.muster.kafka.AnnouncementFuzz;
import dev.muster.manifest.HeaderFuzz;
import dev.muster.manifest.ReceiverFuzz;
import dev.muster.manifest.RecordCursorFuzz;
import dev.muster.manifest.RevocationListFuzz;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What fuzzing does, for a set number of inputs: the files that there are, changed by chance, with
 * seeds that are the same each time. What Jazzer found is a test by itself; see {@link
 * JazzerTests}.
 */
class FuzzTests {

  private static final int INPUTS = 1000;

  private static final int LARGEST = 400_000;

  private static final List<String> PIECES =
      List.of(
          "\"",
          "\"\"",
          ",",
          ";",
          "\t",
          "|",
          "\n",
          "\r\n",
          "\r",
          " ",
          "=\"",
          "'",
          "\u001A",
          "\0",
          "# rows=3",
          "# rows=",
          "sep=;\n",
          "\uFEFF",
          "\u00A0",
          "\u200B",
          "\u0085",
          "\u2028",
          "ü",
          "東",
          "😀",
          "device_id",
          "model",
          "serial_number",
          "action",
          "effective_at",
          "reason",
          "reject_code",
          "update",
          "clear",
          "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
          "2027-01-31T22:00:00Z",
          "+500000-01-01T00:00:00Z",
          "{",
          "}",
          "[",
          "]",
          "null",
          "1".repeat(30),
          "1e999",
          "-1",
          "https://a.b/c.csv",
          "%00");

  static final List<String> EVENTS =
      List.of(
          """
          {"specversion":"1.0","id":"1","source":"/a","type":"dev.muster.manifest.announced",
           "data":{"url":"https://a.example/manifests/fabrikam/lot%%207.csv","sha256":"%s","rows":12}}
          """
              .formatted("0a".repeat(32)),
          """
          [{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/manifests/blobs/f/a b.csv",
            "data":{"api":"PutBlob","eTag":"0x1","blobType":"BlockBlob","contentLength":524,"url":"https://a.example/manifests/f/a b.csv"}}]
          """,
          """
          {"specversion":"1.0","type":"Microsoft.Storage.BlobRenamed",
           "data":{"api":"RenameFile","destinationUrl":"https://a.example/manifests/f/50%25.csv?x"}}
          """);

  /** What a reader did not stand, once. */
  private static final List<byte[]> FOUND =
      Stream.of(
              EVENTS.get(0).replace("12}", "1".repeat(30) + "}"),
              EVENTS.get(0).replace("https:", "x".repeat(2000)),
              EVENTS.get(1).replace("524", "1".repeat(30)),
              """
              device_id,effective_at
              3f2504e0-4f89-41d3-9a0c-0305e82c3301,+500000-01-01T00:00:00Z
              """,
              "device_id" + ",".repeat(17_000) + "model\n",
              "device_id"
                  + IntStream.range(1, 70).mapToObj(i -> ",a" + i).collect(joining())
                  + "\nrejected\n",
              ",".repeat(262_200) + "\ndevice_id\n" + "x".repeat(262_074) + "\nx\n")
          .map(text -> text.getBytes(UTF_8))
          .toList();

  static Stream<Arguments> readers() {
    return Stream.of(
        reader("receiver", ReceiverFuzz::fuzzerTestOneInput),
        reader("record cursor", RecordCursorFuzz::fuzzerTestOneInput),
        reader("header", HeaderFuzz::fuzzerTestOneInput),
        reader("revocation list", RevocationListFuzz::fuzzerTestOneInput),
        reader("announcement", AnnouncementFuzz::fuzzerTestOneInput),
        reader("notice", NoticeFuzz::fuzzerTestOneInput));
  }

  private static Arguments reader(String name, Consumer<byte[]> reader) {
    return Arguments.of(name, reader);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readers")
  void whateverComesIsReadToItsEndOrRefusedInASentence(String name, Consumer<byte[]> reader)
      throws IOException {
    List<byte[]> samples = samples();
    for (byte[] input : FOUND) {
      put(reader, input, "what was found");
    }
    for (byte[] sample : samples) {
      put(reader, sample, "a sample");
    }
    for (int seed = 0; seed < INPUTS; seed++) {
      put(reader, changed(new Random(seed), samples), "seed " + seed);
    }
  }

  private static void put(Consumer<byte[]> reader, byte[] input, String which) {
    try {
      reader.accept(input);
    } catch (AssertionError | RuntimeException e) {
      String hex = HexFormat.of().formatHex(input, 0, Math.min(input.length, 4000));
      throw new AssertionError("%s, %d bytes: %s".formatted(which, input.length, hex), e);
    }
  }

  private static List<byte[]> samples() throws IOException {
    List<byte[]> samples = new ArrayList<>();
    for (String folder : List.of("src/test/resources/cases", "sample-manifests")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          samples.add(Files.readAllBytes(file));
        }
      }
    }
    EVENTS.forEach(event -> samples.add(event.getBytes(UTF_8)));
    return samples;
  }

  private static byte[] changed(Random random, List<byte[]> samples) {
    byte[] input = one(random, samples);
    for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
      int at = random.nextInt(input.length + 1);
      int to = Math.min(input.length, at + random.nextInt(200));
      byte[] piece = Arrays.copyOfRange(input, at, to);
      input =
          switch (random.nextInt(7)) {
            case 0 -> joined(input, at, flipped(random, piece), to);
            case 1 -> joined(input, at, new byte[0], to);
            case 2 -> Arrays.copyOf(input, at);
            case 3 -> joined(input, at, one(random, samples), input.length);
            case 4 -> joined(input, at, repeated(random, piece), at);
            default -> joined(input, at, anyPiece(random), at);
          };
    }
    return input;
  }

  private static byte[] one(Random random, List<byte[]> samples) {
    return samples.get(random.nextInt(samples.size()));
  }

  private static byte[] anyPiece(Random random) {
    byte[] piece = PIECES.get(random.nextInt(PIECES.size())).getBytes(UTF_8);
    return random.nextInt(10) == 0 ? repeated(random, piece) : piece;
  }

  private static byte[] flipped(Random random, byte[] piece) {
    if (piece.length > 0) {
      piece[random.nextInt(piece.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return piece;
  }

  /** Seldom so often that what is read at once is not all of it. */
  private static byte[] repeated(Random random, byte[] piece) {
    int times = random.nextInt(20) == 0 ? 20_000 : random.nextInt(40);
    int most = LARGEST / Math.max(1, piece.length);
    return new String(piece, ISO_8859_1).repeat(Math.min(times, most)).getBytes(ISO_8859_1);
  }

  private static byte[] joined(byte[] input, int at, byte[] between, int to) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(input, 0, at);
    joined.writeBytes(between);
    joined.write(input, to, input.length - to);
    return joined.size() <= 2 * LARGEST ? joined.toByteArray() : input;
  }
}
