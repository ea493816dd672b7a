package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.SmallDisk;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationTest {

  private static final Publication.Filling FILLING =
      folder -> Files.writeString(folder.resolve("receipt.json"), "{}");

  @TempDir private Path folder;

  private Publication publication = new Publication(new MusterHome(Path.of("unused")));
  private Path target = Path.of("unused");

  @BeforeEach
  void home() {
    publication = new Publication(new MusterHome(folder));
    target = publication.outbox("fabrikam", "m-1");
  }

  /** A process that was cut off behind its intent, and goes on when its run was withdrawn. */
  @Test
  void whatIsWithheldDoesNotAppearAnyMoreThoughItsProcessGoesOn() {
    assertThatThrownBy(
            () ->
                publication.once(
                    "1", target, false, FILLING, () -> assertThat(withhold("1")).isTrue()))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(target).doesNotExist();
  }

  @Test
  void whatIsWithheldAppearsWhenItsRunGoesOn() throws IOException {
    assertThatThrownBy(() -> publication.once("1", target, false, FILLING, () -> withhold("1")))
        .isInstanceOf(NoSuchFileException.class);

    publication.once("1", target, true, FILLING, () -> {});

    assertThat(target.resolve("receipt.json")).exists();
    assertThat(withhold("1")).as("it appeared").isFalse();
  }

  @Test
  void nothingIsLeftOfWhatIsWithheldAndRemoved() throws IOException {
    assertThatThrownBy(() -> publication.once("1", target, false, FILLING, () -> withhold("1")))
        .isInstanceOf(NoSuchFileException.class);

    publication.remove("1");

    assertThat(folder.resolve("outbox/.staging")).isEmptyDirectory();
  }

  /** A process that was frozen before it wrote its receipt, and has lost its run meanwhile. */
  @Test
  void nothingIsLeftOfAProcessThatGoesOnWhenAnotherMadeItAppear() throws IOException {
    Publication.Filling frozen =
        staging -> {
          publication.once("1", target, false, FILLING, () -> {});
          SecretFile.createNew(staging.resolve("receipt.json"), "{}");
        };

    assertThatThrownBy(
            () ->
                publication.once(
                    "1",
                    target,
                    false,
                    frozen,
                    () -> {
                      throw new IllegalStateException("Its lock is another's");
                    }))
        .hasMessage("Its lock is another's");

    assertThat(folder.resolve("outbox/.staging")).isEmptyDirectory();
    assertThat(target.resolve("receipt.json")).exists();
  }

  @Test
  void anOutboxOnAnotherDiskIsSaidBeforeAnyTokenExists() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("outbox/fabrikam"), 1)) {
      assertThatThrownBy(() -> publication.check("fabrikam"))
          .isInstanceOf(PublicationException.class)
          .hasMessageContaining("outbox/fabrikam is on another file system than")
          .hasMessageContaining("No token was issued. Put all of");
      publication.check("acme");
    }
  }

  private boolean withhold(String name) {
    try {
      return publication.withhold(name);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
