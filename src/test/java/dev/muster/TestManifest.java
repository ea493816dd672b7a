package dev.muster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Builds manifests for tests: {@code device_id,serial_number,model} and one further column. */
public final class TestManifest {

  private final Random random;
  private final List<String> lines = new ArrayList<>();

  private TestManifest(long seed) {
    random = new Random(seed);
    lines.add("device_id,serial_number,model,batch");
  }

  /** A manifest whose GUIDs follow from the seed. */
  public static TestManifest seeded(long seed) {
    return new TestManifest(seed);
  }

  /** Adds rows with GUIDs of their own. */
  public TestManifest rows(int count) {
    for (int i = 0; i < count; i++) {
      row(new UUID(random.nextLong(), random.nextLong()).toString());
    }
    return this;
  }

  /** Adds a row with this device id. */
  public TestManifest row(String deviceId) {
    lines.add(deviceId + ",SN-" + lines.size() + ",TH-200,b" + lines.size() % 7);
    return this;
  }

  /** Adds the row of an earlier line again, under another serial number. */
  public TestManifest repeat(int line) {
    return row(deviceId(line));
  }

  /** The device id on a line, the first row of data being line 2. */
  public String deviceId(int line) {
    return lines.get(line - 1).split(",", 2)[0];
  }

  public int lastLine() {
    return lines.size();
  }

  public String content() {
    return String.join("\n", lines) + "\n";
  }

  public Path write(Path file) throws IOException {
    return Files.writeString(file, content());
  }
}
