package dev.muster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.store.ObjectStore.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every kind of store promises. */
public abstract class ObjectStoreContract {

  /** More than any kind sends or reads at a time. */
  private static final int LONG = 9 << 20;

  @TempDir private Path here;

  private final String folder = "contract/" + UUID.randomUUID() + "/";

  /** The store; the same for all tests. */
  protected abstract ObjectStore store();

  @Test
  void whatIsPutIsReadFromWhereverOneLikes() throws IOException {
    byte[] content = new byte[LONG];
    new Random(19).nextBytes(content);
    Path file = Files.write(here.resolve("sent"), content);

    store().put(folder + "a b/ü.csv", file);

    assertThat(read("a b/ü.csv", 0)).isEqualTo(content);
    int from = LONG - 5_000_000;
    assertThat(read("a b/ü.csv", from)).isEqualTo(Arrays.copyOfRange(content, from, LONG));
    assertThat(read("a b/ü.csv", LONG)).isEmpty();
    assertThat(file).hasBinaryContent(content);
    Path fetched = here.resolve("below/fetched");
    store().fetch(folder + "a b/ü.csv", fetched);
    assertThat(fetched).hasBinaryContent(content);
  }

  @Test
  void whatIsPutAgainIsReplacedAndWhatIsPutIfAbsentIsNot() throws IOException {
    put("a", "first");
    put("a", "second");
    Stored before = store().find(folder + "a").orElseThrow();

    store().putIfAbsent(folder + "a", Files.writeString(here.resolve("third"), "third"));
    store().putIfAbsent(folder + "b", here.resolve("third"));

    assertThat(read("a", 0)).asString().isEqualTo("second");
    assertThat(read("b", 0)).asString().isEqualTo("third");
    assertThat(store().find(folder + "a").orElseThrow().version()).isNotEqualTo(before.version());
  }

  @Test
  void whatIsThereIsListedWithItsLengthAndInOrder() throws IOException {
    put("one/b", "22");
    put("one/a", "1");
    put("one/deep/c", "333");
    put("one-more", "");

    assertThat(store().list(folder + "one/"))
        .extracting(stored -> stored.key().substring(folder.length()) + "=" + stored.bytes())
        .containsExactly("one/a=1", "one/b=2", "one/deep/c=3");
    assertThat(store().list(folder + "none/")).isEmpty();
    assertThat(store().list(folder + "one/deep/").get(0).name()).isEqualTo("c");
  }

  @Test
  void aCopyIsOfItsOwn() throws IOException {
    put("from", "content");
    store().copy(folder + "from", folder + "to/there");
    store().delete(folder + "from");

    assertThat(read("to/there", 0)).asString().isEqualTo("content");
    assertThatThrownBy(() -> store().copy(folder + "from", folder + "to/again"))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whatWasRenewedIsNotDeletedByWhoSawItBefore() throws Exception {
    put("a", "content");
    put("b", "content");
    Stored a = store().find(folder + "a").orElseThrow();
    Stored b = store().find(folder + "b").orElseThrow();
    store().putIfAbsent(folder + "a", Files.writeString(here.resolve("a"), "content"));

    for (Stored seen : List.of(a, b)) {
      store().deleteUnchanged(seen);
      store().deleteUnchanged(seen);
    }

    assertThat(store().list(folder)).extracting(Stored::name).containsExactly("a");
    store().deleteAll(folder);
    assertThat(store().list(folder)).isEmpty();
    store().delete(folder + "a");
  }

  @Test
  void whatIsNotThereIsNotFound() throws IOException {
    assertThat(store().find(folder + "none")).isEmpty();
    assertThatThrownBy(() -> store().read(folder + "none", 0))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> store().fetch(folder + "none", here.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(here).isEmptyDirectory();
  }

  private void put(String name, String content) throws IOException {
    store().put(folder + name, content.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] read(String name, long offset) throws IOException {
    try (InputStream in = store().read(folder + name, offset)) {
      return in.readAllBytes();
    }
  }
}
