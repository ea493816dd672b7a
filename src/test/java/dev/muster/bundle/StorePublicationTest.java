package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.TestFiles;
import dev.muster.bundle.Publication.Appearance;
import dev.muster.home.MusterHome;
import dev.muster.store.NobodysFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where nothing can be renamed: two instances, each with a home, and a store in common. */
class StorePublicationTest {

  private static final String RECEIPT = "{\"execution\": 1}";
  private static final Publication.Filling FILLING =
      folder -> {
        Files.writeString(folder.resolve("rejects.csv"), "line");
        return RECEIPT;
      };
  private static final Appearance WHAT =
      new Appearance(
          "1", Publication.outbox("fabrikam", "m-1"), Map.of("tokens.csv.age", "1-tokens.csv.age"));

  @TempDir private Path folder;

  private Path target = Path.of("unused");

  @BeforeEach
  void stage() throws IOException {
    target = folder.resolve("store").resolve(WHAT.target());
    Path file = publication("first").workplace("1").resolve("1-tokens.csv.age");
    publication("first").stage("1", Files.writeString(file, "tokens"));
    Path late = publication("second").workplace("1").resolve("0-tokens.csv.age");
    publication("second").stage("1", Files.writeString(late, "of an execution taken for dead"));
  }

  @Test
  void aPartThatOneStagedIsThereForTheOther() throws IOException {
    assertThat(publication("second").isStaged("1", "1-tokens.csv.age", 6)).isTrue();
    assertThat(publication("second").isStaged("1", "1-tokens.csv.age", 5)).isFalse();
    publication("second").unstage("1", "1-tokens.csv.age");
    assertThat(publication("first").isStaged("1", "1-tokens.csv.age", 6)).isFalse();
  }

  @Test
  void whatAppearsIsWhatBelongsToItAndNothingOfItIsLeft() throws IOException {
    publication("second").once(WHAT, null, FILLING, receipt -> assertThat(target).doesNotExist());

    assertAppeared();
    publication("first").once(WHAT, RECEIPT, FILLING, receipt -> {});
    assertAppeared();
    assertThatThrownBy(() -> publication("first").once(WHAT, null, FILLING, receipt -> {}))
        .hasMessageContaining("is in the way");
  }

  /**
   * It was killed between its intent and the receipt; whoever asks whether it appeared sees to it.
   */
  @Test
  void behindItsIntentItAppearsWhoeverComesBy() throws IOException {
    assertThatThrownBy(() -> publication("first").once(WHAT, null, FILLING, receipt -> killed()))
        .hasMessage("killed");
    assertThat(target).doesNotExist();

    assertThat(publication("second").withhold(WHAT, RECEIPT)).isFalse();

    assertAppeared();
  }

  /** A process that was frozen before its intent fills beside the other, whose receipt counts. */
  @Test
  void whatAFrozenProcessFillsDoesNotGetIntoIt() throws IOException {
    Publication.Filling frozen =
        here -> {
          Files.writeString(here.resolve("devices-behind.csv"), "other");
          return "{\"execution\": 0}";
        };

    publication("first")
        .once(
            WHAT,
            null,
            FILLING,
            receipt ->
                assertThatThrownBy(
                        () -> publication("second").once(WHAT, null, frozen, late -> killed()))
                    .hasMessage("killed"));

    assertAppeared();
  }

  @Test
  void whatIsGivenUpIsRemoved() throws IOException {
    publication("second").remove("1");
    assertThat(TestFiles.files(folder)).isEmpty();
  }

  private static void killed() {
    throw new IllegalStateException("killed");
  }

  private void assertAppeared() throws IOException {
    assertThat(TestFiles.files(folder))
        .as("nothing is staged any more, nor at anybody's home")
        .containsExactlyInAnyOrder(
            target.resolve("tokens.csv.age"),
            target.resolve("rejects.csv"),
            target.resolve("receipt.json"));
    assertThat(target.resolve("tokens.csv.age")).hasContent("tokens");
    assertThat(target.resolve("receipt.json")).hasContent(RECEIPT);
  }

  private Publication publication(String home) {
    return new StorePublication(
        NobodysFolder.at(folder.resolve("store")),
        new MusterHome(folder.resolve(home)),
        folder.resolve(home).resolve("parts"));
  }
}
