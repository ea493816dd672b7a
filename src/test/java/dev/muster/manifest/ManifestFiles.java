package dev.muster.manifest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** Receives and reads manifests that tests spell out. */
final class ManifestFiles {

  static final ReceiveLimits LIMITS = new ReceiveLimits(1 << 24);

  private final Path folder;

  ManifestFiles(Path folder) {
    this.folder = folder;
  }

  Path spooled() {
    return folder.resolve("spooled.csv");
  }

  ReceivedManifest receive(String content) throws ManifestRefusedException {
    return receive(content.getBytes(StandardCharsets.UTF_8));
  }

  ReceivedManifest receive(byte[] content) throws ManifestRefusedException {
    return receive(content, LIMITS);
  }

  ReceivedManifest receive(byte[] content, ReceiveLimits limits) throws ManifestRefusedException {
    return receive(content, limits, ManifestFormat.NONE);
  }

  ReceivedManifest receive(byte[] content, ReceiveLimits limits, ManifestFormat format)
      throws ManifestRefusedException {
    try {
      Path file = Files.write(folder.resolve("sent.csv"), content);
      try (InputStream sent = Files.newInputStream(file)) {
        return ManifestReceiver.receive(new AsSent(sent, bytes -> {}), spooled(), limits, format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Verdict> verdicts(String content) throws ManifestRefusedException {
    ReceivedManifest received = receive(content);
    return read(received, received.data());
  }

  List<Verdict> read(ReceivedManifest received, ManifestRange range) {
    List<Verdict> verdicts = new ArrayList<>();
    try (ManifestRowReader reader =
        new ManifestRowReader(spooled(), received.format(), Updates.NONE, range)) {
      for (Verdict verdict = reader.next(); verdict != null; verdict = reader.next()) {
        verdicts.add(verdict);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return verdicts;
  }

  /** Of the file, and of the rows when it is a manifest. */
  List<String> warnings(ReceivedManifest received) {
    try (ManifestRowReader reader =
        new ManifestRowReader(spooled(), received.format(), Updates.NONE, received.data())) {
      while (reader.next() != null) {
        // watched as it goes by
      }
      return received.warn(reader.warnings()).warnings();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Object> readList(ReceivedManifest received) {
    List<Object> verdicts = new ArrayList<>();
    try (RevocationRowReader reader =
        new RevocationRowReader(spooled(), received.format(), received.data())) {
      for (RevocationVerdict row = reader.next(); row != null; row = reader.next()) {
        verdicts.add(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return verdicts;
  }

  /** All that the verdicts say, comparable. */
  static List<String> said(List<Verdict> verdicts) {
    return verdicts.stream()
        .map(
            verdict ->
                verdict instanceof Accepted device
                    ? "%d %s %s %s"
                        .formatted(
                            device.line(),
                            device.deviceId(),
                            Stream.of(Column.values())
                                .skip(1)
                                .map(device::value)
                                .collect(Collectors.toList()),
                            device.attributes())
                    : verdict.toString())
        .toList();
  }

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(content);
    }
    return packed.toByteArray();
  }
}
