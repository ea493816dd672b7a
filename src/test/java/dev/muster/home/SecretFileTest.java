package dev.muster.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {

  @TempDir private Path folder;

  /** In an archive there are none, as on some disks in the network. */
  @Test
  void aFileAppearsOnceAndWholeWhereThereAreNoLinks() throws Exception {
    try (FileSystem archive =
        FileSystems.newFileSystem(folder.resolve("home.zip"), Map.of("create", "true"))) {
      Path file = archive.getPath("/outbox/acme/receipt.json");
      assertThatThrownBy(() -> Files.createLink(archive.getPath("/link"), archive.getPath("/")))
          .isInstanceOf(UnsupportedOperationException.class);

      SecretFile.createNew(file, "the first");

      assertThatThrownBy(() -> SecretFile.createNew(file, "the second"))
          .isInstanceOf(FileAlreadyExistsException.class);
      assertThat(file).hasContent("the first");
      try (Stream<Path> files = Files.list(archive.getPath("/outbox/acme"))) {
        assertThat(files).containsExactly(file);
      }
    }
  }
}
