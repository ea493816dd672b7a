package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

class DiskSpaceTests {

  private final IOException full = new IOException("No space left on device");
  private static final String SENTENCE = "There is no room left on a disk.";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"outbox", "log"})
  void aFullDiskIsFoundByTheFolderThatIsOnIt(String where) throws Exception {
    MusterHome home = new MusterHome(folder);
    DiskSpace disks = new DiskSpace(home);
    Files.createDirectories(home.spool());
    Path disk = folder.resolve(where);
    try (SmallDisk small = SmallDisk.mount(disk, 8)) {
      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).isEmpty();
      assertThat(disks.lessThan(DataSize.ofMegabytes(9))).containsOnlyKeys(disk);
      assertThat(disks.sentence(full))
          .as("what did not fit was removed again")
          .isEqualTo(SENTENCE + " The least room is at " + disk + ": 8,388,608 bytes are left.");

      small.fill();

      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).containsOnlyKeys(disk);
      assertThat(disks.sentence(full))
          .isEqualTo(SENTENCE + " Full: " + disk + ". Make room there.");
      assertThat(disks.sentence(new IOException("Anything else."))).isEqualTo("Anything else.");

      small.free();

      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).isEmpty();
    }
  }
}
