package dev.muster;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A table is written by one module only, as far as its SQL stands in the sources. */
class TableOwnersTests {

  private static final Path SOURCES = Path.of("src/main/java/dev/muster");
  private static final Path SCHEMA = Path.of("src/main/resources/db/migration/V001__schema.sql");

  /** Fills a database of its own with everything, to measure. */
  private static final String BENCHMARK = "benchmark";

  private static final Pattern WRITE =
      Pattern.compile(
          "(?:INSERT\\s+INTO|(?<!DO )(?<!FOR )(?<!KEY"
              + " )UPDATE|DELETE\\s+FROM|COPY|MERGE\\s+INTO|TRUNCATE)\\s+([a-z_]+)");

  private static final Pattern TABLE = Pattern.compile("(?m)^CREATE TABLE ([a-z_]+) ");

  private static final Map<String, String> OWNERS =
      Map.ofEntries(
          entry("device", "registry"),
          entry("loaded_lines", "registry"),
          entry("manifest", "registry"),
          entry("reject", "registry"),
          entry("device_status", "status"),
          entry("device_change", "status"),
          entry("token_withheld", "status"),
          entry("former_hub", "status"),
          entry("hub_standing", "status"),
          entry("hub", "credential"),
          entry("revocation_list", "revocation"),
          entry("revocation_entry", "revocation"),
          entry("revocation_count", "revocation"),
          entry("revocation_reject", "revocation"),
          entry("token_report", "exchange"),
          entry("exchange_refusal", "exchange"),
          entry("device_seen", "seen"),
          entry("seen_count", "seen"),
          entry("audit_entry", "audit"));

  @Test
  void eachTableIsWrittenByItsOwnModuleOnly() throws IOException {
    Map<String, SortedSet<String>> writers = writers();

    assertThat(writers.keySet()).containsAll(OWNERS.keySet());
    writers.forEach(
        (table, modules) ->
            assertThat(modules)
                .as("modules that write " + table)
                .isEqualTo(new TreeSet<>(List.of(OWNERS.getOrDefault(table, modules.first())))));
  }

  private static Map<String, SortedSet<String>> writers() throws IOException {
    String schema = Files.readString(SCHEMA);
    TreeSet<String> tables =
        TABLE
            .matcher(schema)
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(tables).contains("device", "device_status");
    Map<String, SortedSet<String>> writers = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String module = SOURCES.relativize(file).getName(0).toString();
        Matcher write = WRITE.matcher(Files.readString(file));
        while (!module.equals(BENCHMARK) && write.find()) {
          if (tables.contains(write.group(1))) {
            writers.computeIfAbsent(write.group(1), unseen -> new TreeSet<>()).add(module);
          }
        }
      }
    }
    return writers;
  }
}
