package dev.muster;

import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.bundle.Receipt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What the one manifest of a home's development factory has come to.
 *
 * @param registry all devices, but for what differs from home to home
 * @param parts the lines of each part, opened, in their order
 */
public record DeliveredManifest(
    List<String> registry, List<String> rejects, Receipt receipt, Map<String, List<String>> parts) {

  public static DeliveredManifest of(Path home, JdbcTemplate jdbc) throws IOException {
    List<String> registry =
        jdbc.queryForList(
            """
            SELECT concat_ws('|', device_id, state, hub, serial_number, model, attributes, line)
              FROM registry ORDER BY device_id
            """,
            String.class);
    Path outbox;
    try (Stream<Path> bundles = Files.list(home.resolve("outbox/fabrikam"))) {
      outbox = bundles.toList().get(0);
    }
    Receipt receipt = Receipt.parse(Files.readString(outbox.resolve("receipt.json")));
    List<AgeIdentity> identity = AgeIdentity.read(home.resolve("keys/fabrikam.agekey"));
    Map<String, List<String>> parts = new LinkedHashMap<>();
    for (Receipt.Part part : receipt.parts()) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      BundleOpener.open(outbox.resolve(part.name()), identity, plain);
      parts.put(part.name(), plain.toString(StandardCharsets.UTF_8).lines().toList());
    }
    return new DeliveredManifest(
        registry, Files.readAllLines(outbox.resolve("rejects.csv")), receipt, parts);
  }
}
