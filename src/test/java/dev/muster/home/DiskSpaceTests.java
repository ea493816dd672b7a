package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.SmallDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class DiskSpaceTests {

  private static final String FULL = "IOException: No space left on device";

  @TempDir private Path folder;

  @Test
  void aFullDiskIsFoundByTheFolderThatIsOnIt() throws Exception {
    MusterHome home = new MusterHome(folder);
    DiskSpace disks = new DiskSpace(home);
    Files.createDirectories(home.spool());
    try (SmallDisk small = SmallDisk.mount(home.outbox(), 8)) {
      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).isEmpty();
      assertThat(disks.lessThan(DataSize.ofMegabytes(9))).containsOnlyKeys(home.outbox());
      assertThat(disks.named(FULL)).isEqualTo(FULL);

      small.fill();

      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).containsOnlyKeys(home.outbox());
      assertThat(disks.named(FULL))
          .isEqualTo(FULL + ". Full: " + home.outbox() + ". Make room there.");
      assertThat(disks.named("Anything else.")).isEqualTo("Anything else.");

      small.free();

      assertThat(disks.lessThan(DataSize.ofMegabytes(1))).isEmpty();
    }
  }
}
