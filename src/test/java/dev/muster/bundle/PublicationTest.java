package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.SmallDisk;
import dev.muster.bundle.Publication.Appearance;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationTest {

  private static final Publication.Filling FILLING =
      folder -> {
        Files.writeString(folder.resolve("rejects.csv"), "line");
        return "{}";
      };

  private static final Appearance WHAT =
      new Appearance("1", Publication.outbox("fabrikam", "m-1"), Map.of());

  @TempDir private Path folder;

  private Publication publication = new FolderPublication(new MusterHome(Path.of("unused")));
  private Path target = Path.of("unused");

  @BeforeEach
  void home() {
    publication = new FolderPublication(new MusterHome(folder));
    target = folder.resolve(WHAT.target());
  }

  /** A process that was cut off behind its intent, and goes on when its run was withdrawn. */
  @Test
  void whatIsWithheldDoesNotAppearAnyMoreThoughItsProcessGoesOn() {
    assertThatThrownBy(
            () -> publication.once(WHAT, null, FILLING, receipt -> assertThat(withhold()).isTrue()))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(target).doesNotExist();
  }

  @Test
  void whatIsWithheldAppearsWhenItsRunGoesOn() throws IOException {
    assertThatThrownBy(() -> publication.once(WHAT, null, FILLING, receipt -> withhold()))
        .isInstanceOf(NoSuchFileException.class);

    publication.once(WHAT, "{}", FILLING, receipt -> {});

    assertThat(target.resolve("receipt.json")).exists();
    assertThat(withhold()).as("it appeared").isFalse();
  }

  @Test
  void nothingIsLeftOfWhatIsWithheldAndRemoved() throws IOException {
    assertThatThrownBy(() -> publication.once(WHAT, null, FILLING, receipt -> withhold()))
        .isInstanceOf(NoSuchFileException.class);

    publication.remove("1");

    assertThat(folder.resolve("outbox/.staging")).isEmptyDirectory();
  }

  /** A process that was frozen before it wrote its receipt, and has lost its run meanwhile. */
  @Test
  void nothingIsLeftOfAProcessThatGoesOnWhenAnotherMadeItAppear() throws IOException {
    Publication.Filling frozen =
        staging -> {
          publication.once(WHAT, null, FILLING, receipt -> {});
          return "{}";
        };

    assertThatThrownBy(
            () ->
                publication.once(
                    WHAT,
                    null,
                    frozen,
                    receipt -> {
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

  private boolean withhold() {
    try {
      return publication.withhold(WHAT, "{}");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
