package dev.muster.provisioning;

import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.PreparedHome;
import dev.muster.database.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * After runs that went well and runs that failed, no key and no token is anywhere but where it
 * belongs.
 */
@Tag("slow")
class SecretsTests {

  private static final String HUB_KEY = "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZS4=";
  private static final String SECOND_KEY = "c2Vjb25kLWtleS1mb3ItdGVzdHMtYW5kLW5vdGhpbmc=";

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{40,}={0,2}");

  @TempDir private Path folder;

  @Test
  void noKeyAndNoTokenIsInTheDatabaseTheLogsOrTheOutboxOutsideTheEncryptedParts() throws Exception {
    Path home = folder.resolve("home");
    MusterProcess muster =
        MusterProcess.withHub(home, HUB_KEY, SECOND_KEY, "-Dlogging.level.dev.muster=DEBUG");
    StringBuilder said = new StringBuilder();
    for (String[] command :
        new String[][] {
          {"provision", "sample-manifests/thermostats.csv"},
          {"provision", "sample-manifests/every-fault.csv"},
          {"provision", "sample-manifests/refused/unclosed-quote.csv", "--json"},
          {"restart", "--all-failed"},
          {"status", "1"},
          {"status", "2", "--json"}
        }) {
      Result result = muster.run(command);
      said.append(result.out()).append(result.err());
    }

    Map<String, String> places = new HashMap<>();
    places.put("what the commands said", said.toString());
    places.put("the database", dumpOf(home));
    places.putAll(filesOf(home));
    String identity = Files.readAllLines(home.resolve("keys/fabrikam.agekey")).get(2);
    List<String> secrets =
        List.of(HUB_KEY, SECOND_KEY, identity, "SharedAccessSignature", "sig=", "AGE-SECRET-KEY");

    assertThat(places.get("the database")).contains("thermostats").contains("deliver");
    assertThat(places).containsKey("log/muster.log");
    assertThat(places.keySet()).anyMatch(place -> place.endsWith("receipt.json"));
    places.forEach(
        (place, text) ->
            secrets.forEach(
                secret -> assertThat(text).as("a secret in %s", place).doesNotContain(secret)));
  }

  @Test
  void filesThatHoldSecretsAreReadableByTheirOwnerOnly() throws Exception {
    Path home = folder.resolve("private");
    assertThat(
            MusterProcess.untouched(home)
                .run("provision", "sample-manifests/thermostats.csv")
                .exitCode())
        .isZero();

    try (Stream<Path> files = Files.walk(home)) {
      List<Path> secret =
          files
              .filter(Files::isRegularFile)
              .filter(
                  file ->
                      file.startsWith(home.resolve("keys"))
                          || file.startsWith(home.resolve("outbox"))
                          || file.equals(home.resolve("postgres/password")))
              .toList();
      assertThat(secret).hasSizeGreaterThanOrEqualTo(6);
      for (Path file : secret) {
        assertThat(Files.getPosixFilePermissions(file))
            .as(file.toString())
            .containsExactlyInAnyOrder(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
      }
    }
    assertThat(Files.getPosixFilePermissions(home).toString()).doesNotContain("OTHERS");
  }

  /** Every row of every table as text; what Spring Batch packs in Base64 is unpacked beside it. */
  private static String dumpOf(Path home) throws IOException {
    StringBuilder dump = new StringBuilder();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      for (String table :
          jdbc.queryForList(
              "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", String.class)) {
        jdbc.queryForList("SELECT row_to_json(t)::text FROM \"" + table + "\" t", String.class)
            .forEach(row -> dump.append(row).append('\n'));
      }
    }
    Matcher packed = BASE64.matcher(dump.toString());
    StringBuilder unpacked = new StringBuilder();
    while (packed.find()) {
      try {
        unpacked.append(
            new String(Base64.getDecoder().decode(packed.group()), StandardCharsets.ISO_8859_1));
      } catch (IllegalArgumentException e) {
        unpacked.append(packed.group()); // no Base64 after all
      }
    }
    return dump.append(unpacked).toString();
  }

  private static Map<String, String> filesOf(Path home) throws IOException {
    Map<String, String> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(home)) {
      for (Path file :
          all.filter(Files::isRegularFile)
              .filter(file -> !file.startsWith(home.resolve("keys")))
              .filter(
                  file ->
                      !file.startsWith(home.resolve("postgres")) || file.endsWith("postgres.log"))
              .filter(file -> !file.toString().endsWith(".age"))
              .toList()) {
        files.put(
            home.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }
}
