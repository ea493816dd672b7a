package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

@Tag("slow")
class ModularityTests {

  private static final Path DOCS = Path.of("docs/architecture.md");
  private static final String BEGIN = "<!-- modules, as ModularityTests finds them -->\n";
  private static final String END = "<!-- end of modules -->\n";

  private static ApplicationModules modules;

  /** Once: it reads all classes. */
  @BeforeAll
  static void read() {
    modules = ApplicationModules.of(Muster.class, new MainClasses());
  }

  @Test
  void modulesTouchEachOtherOnlyThroughTheirPublicTypesAndAsTheyAreAllowed() {
    modules.verify();
  }

  /** {@code -Dmuster.modules.write=true} writes it anew. */
  @Test
  void theDocumentsShowTheModulesAsTheyAre() throws IOException {
    String docs = Files.readString(DOCS);
    int begin = docs.indexOf(BEGIN) + BEGIN.length();
    String expected = docs.substring(0, begin) + picture() + docs.substring(docs.indexOf(END));
    if (Boolean.getBoolean("muster.modules.write")) {
      Files.writeString(DOCS, expected);
    }

    assertThat(docs)
        .as("docs/architecture.md; write it with -Dmuster.modules.write=true")
        .isEqualTo(expected);
  }

  /** A line a layer, from the top: a module uses what stands below it, and only that. */
  private String picture() {
    Map<String, Set<String>> uses = new TreeMap<>();
    modules.forEach(
        module ->
            uses.put(
                module.getIdentifier().toString(),
                module
                    .getDirectDependencies(modules)
                    .uniqueModules()
                    .map(used -> used.getIdentifier().toString())
                    .filter(used -> !used.equals(module.getIdentifier().toString()))
                    .collect(Collectors.toCollection(TreeSet::new))));
    Map<Integer, Set<String>> layers = new TreeMap<>(Comparator.reverseOrder());
    uses.keySet()
        .forEach(
            module ->
                layers.computeIfAbsent(layer(module, uses), unseen -> new TreeSet<>()).add(module));
    StringBuilder picture = new StringBuilder("\n");
    layers.forEach(
        (layer, there) ->
            picture.append("    %2d  %s%n".formatted(layer, String.join("  ", there))));
    return picture.append("\n").toString();
  }

  private static int layer(String module, Map<String, Set<String>> uses) {
    return uses.getOrDefault(module, Set.of()).stream()
        .mapToInt(used -> layer(used, uses) + 1)
        .max()
        .orElse(1);
  }
}
