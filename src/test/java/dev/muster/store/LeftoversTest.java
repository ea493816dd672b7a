package dev.muster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.TestFiles;
import dev.muster.TestManifest;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Two instances with homes of their own, and a store in common. */
class LeftoversTest {

  private static final Clock NOW = Clock.systemUTC();
  private static final Clock LATER =
      Clock.offset(NOW, Leftovers.LEFT_AFTER.plus(Duration.ofHours(1)));

  private final byte[] manifest =
      TestManifest.seeded(14).rows(30).content().getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @Test
  void contentIsFoundByAllInstancesAndGoesOnceNobodyNamesIt() throws Exception {
    ReceivedContent first = contents("first");
    ReceivedContent second = contents("second");
    Path place = received(first);
    Path there = spool("second").manifest("acme", "sha");

    try (InputStream range = second.open(there).from(100)) {
      assertThat(range.readAllBytes())
          .isEqualTo(Arrays.copyOfRange(manifest, 100, manifest.length));
    }
    assertThat(there).as("read where it lies").doesNotExist();
    assertThat(second.find(there).orElseThrow().orRefused().rows()).isEqualTo(30);
    assertThat(there).hasBinaryContent(manifest);

    leftovers("second", LATER).sweepContent();
    leftovers("second", LATER).sweepHome();
    assertThat(there).as("a run needs it").exists();
    assertThat(stored()).hasSize(2);

    first.remove(place);
    leftovers("second", NOW).sweepContent();
    leftovers("second", NOW).sweepHome();
    assertThat(stored()).as("a day is given").hasSize(1);
    leftovers("second", LATER).sweepContent();
    leftovers("second", LATER).sweepHome();
    assertThat(stored()).isEmpty();
    assertThat(TestFiles.files(folder.resolve("second"))).isEmpty();
    assertThat(second.find(there)).isEmpty();
  }

  @Test
  void whatOfTheSameContentAnotherNamesStays() throws Exception {
    Path place = received(contents("first"));
    Path other = spool("second").manifest("fabrikam", "sha");
    ReceivedContent second = contents("second");
    second.keep(take(second, spool("second").ofThisProcess()), other);

    contents("first").remove(place);
    leftovers("first", LATER).sweepContent();

    assertThat(contents("third").find(spool("third").manifest("fabrikam", "sha"))).isPresent();
  }

  @Test
  void nothingGoesWhileItIsNotKnownWhatAPlaceNames() throws Exception {
    Path place = received(contents("first"));
    Leftovers cutOff =
        new Leftovers(
            cutOffWhileRead(),
            new MusterHome(folder.resolve("first")),
            spool("first"),
            JsonMapper.shared(),
            LATER);
    assertThatThrownBy(cutOff::sweepContent).isInstanceOf(IOException.class);
    assertThat(stored()).hasSize(2);

    String found = spool("first").keyInStore(ReceivedContent.found(place)).orElseThrow();
    store().put(found, "{".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> leftovers("first", LATER).sweepContent())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(found);
    assertThat(stored()).hasSize(2);
  }

  /** Its streams can be opened, and bring nothing. */
  private ObjectStore cutOffWhileRead() {
    ObjectStore store = store();
    return (ObjectStore)
        Proxy.newProxyInstance(
            LeftoversTest.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("read")) {
                InputStream closed = InputStream.nullInputStream();
                closed.close();
                return closed;
              }
              return method.invoke(store, arguments);
            });
  }

  /** In a container its number is that of the next one. */
  @Test
  void whatAKilledProcessHadKeptForItselfGoesAndWhatOthersKeepStays() throws Exception {
    Spool killed = spool("first");
    Spool here = spool("first");
    for (Spool spool : List.of(killed, here)) {
      for (Path own : List.of(spool.devices(7), spool.ownStaging())) {
        Files.createDirectories(own);
        Files.writeString(own.resolve("1"), "of " + own);
      }
    }

    new Leftovers(store(), new MusterHome(folder.resolve("first")), here, JsonMapper.shared(), NOW)
        .sweepHome();

    assertThat(TestFiles.files(folder.resolve("first")))
        .containsExactlyInAnyOrder(here.devices(7).resolve("1"), here.ownStaging().resolve("1"));
  }

  private Path received(ReceivedContent contents) throws IOException, ManifestRefusedException {
    Path place = spool("first").manifest("acme", "sha");
    contents.keep(take(contents, spool("first").ofThisProcess()), place);
    return place;
  }

  private Content take(ReceivedContent contents, Path place) throws IOException {
    return contents.take(
        new ByteArrayInputStream(manifest), place, 1 << 20, ManifestFormat.NONE, bytes -> {});
  }

  private ReceivedContent contents(String home) {
    return new ReceivedContent(JsonMapper.shared(), spool(home), store());
  }

  private Spool spool(String home) {
    return new Spool(new MusterHome(folder.resolve(home)), store(), NOW);
  }

  private Leftovers leftovers(String home, Clock clock) {
    return new Leftovers(
        store(), new MusterHome(folder.resolve(home)), spool(home), JsonMapper.shared(), clock);
  }

  private List<String> stored() throws IOException {
    return TestFiles.files(folder.resolve("store")).stream().map(Path::toString).toList();
  }

  private ObjectStore store() {
    return NobodysFolder.at(folder.resolve("store"));
  }
}
