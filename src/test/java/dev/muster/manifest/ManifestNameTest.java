package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A manifest's name is a part of folders' names, whatever its file is called. */
class ManifestNameTest {

  @ParameterizedTest
  @CsvSource({"a, 80", "ü, 80", "量, 73", "𠀋, 40", "b𠀋, 53"})
  void isCutBetweenCharactersToWhatAFolderCanBeCalled(String letters, int kept) {
    String name = ManifestName.of(letters.repeat(100) + ".csv");

    assertThat(name).startsWith(letters).matches("[\\p{L}]+");
    assertThat(name.codePointCount(0, name.length())).isEqualTo(kept);
    assertThat(name.length()).isLessThanOrEqualTo(80);
    assertThat((name + "-0123456789ab.withheld").getBytes(StandardCharsets.UTF_8))
        .hasSizeLessThanOrEqualTo(255);
  }
}
