package dev.muster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ReceivedContentTests {

  private static final int PAGE = 4096;

  private static final MusterHome HOME = new MusterHome(Path.of("target/unused"));

  private final ObjectStore store = new FolderStore(HOME);
  private final ReceivedContent contents =
      new ReceivedContent(JsonMapper.shared(), new Spool(HOME, store, Clock.systemUTC()), store);
  private final byte[] manifest =
      TestManifest.seeded(14).rows(30).content().getBytes(StandardCharsets.UTF_8);

  @TempDir private Path temporary;

  /** Full already, or as soon as the content is there and only what was found is to be written. */
  @ParameterizedTest
  @ValueSource(ints = {0, PAGE})
  void aFullDiskLeavesNothingBehind(int left) throws Exception {
    Path spool = temporary.resolve("spool");
    Path place = spool.resolve("acme.csv");
    assertThat(manifest).hasSizeLessThan(PAGE);
    try (SmallDisk disk = SmallDisk.mount(spool, 1)) {
      disk.leave(left);

      assertThatThrownBy(() -> take(place)).hasMessageContaining("No space left on device");

      disk.free();
      assertThat(files(spool)).isEmpty();
      assertThat(take(place).orRefused().rows()).isEqualTo(30);
      assertThat(contents.find(place)).isPresent();
    }
  }

  /** No link leads from one to another. */
  @Test
  void contentIsSharedWithAnotherFileSystemToo() throws Exception {
    Path elsewhere = temporary.resolve("elsewhere");
    try (SmallDisk disk = SmallDisk.mount(elsewhere, 1)) {
      assertThat(disk).isNotNull();
      Content content = take(temporary.resolve("acme.csv"));

      Content shared = contents.share(content, elsewhere.resolve("acme.csv"));
      contents.remove(content.file());

      assertThat(shared.file()).hasBinaryContent(manifest);
      assertThat(contents.find(shared.file())).contains(shared);
    }
  }

  @Test
  void whatAKillLeftOfItIsRemovedWithIt() throws Exception {
    Path place = temporary.resolve("acme.csv");
    take(place);
    Files.writeString(temporary.resolve("acme.csv.partial"), "device");
    Files.writeString(temporary.resolve("acme.csv.found.partial"), "{");

    contents.remove(place);

    assertThat(files(temporary)).isEmpty();
  }

  private Content take(Path place) throws IOException {
    return contents.take(
        new ByteArrayInputStream(manifest), place, 1 << 20, ManifestFormat.NONE, bytes -> {});
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
