package dev.muster.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.home.DiskSpace;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.RefusalCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.batch.core.ExitStatus;

class CauseOfFailureTest {

  private static final String FULL = "No space left on device";

  @TempDir private Path folder;

  @Test
  void aFullDiskIsNamedToOperators() {
    assertThat(cause(new IOException(FULL)))
        .startsWith("There is no room left on a disk. ")
        .contains(folder.toString());
  }

  /** What its file says is quoted to its sender, who is told of no disk of ours. */
  @Test
  void aFileThatSpeaksOfAFullDiskIsRefusedInItsOwnWords() {
    String said = "Line 5 begins with '#', but is not the trailer: '# %s'.".formatted(FULL);

    assertThat(cause(new ManifestRefusedException(RefusalCode.UNREADABLE_TRAILER, said)))
        .isEqualTo(said);
  }

  private String cause(Exception failure) {
    return new CauseOfFailure(new DiskSpace(new MusterHome(folder)))
        .of(List.of(failure), ExitStatus.FAILED)
        .orElseThrow()
        .getExitDescription();
  }
}
