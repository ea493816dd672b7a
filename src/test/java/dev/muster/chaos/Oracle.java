package dev.muster.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.RunProgram;
import dev.muster.bundle.Receipt;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Knows what was sent and says what is wrong with what became of it: lost, twice, left over, or not
 * what it should be. Opens bundles with the stock {@code age} and signs each token anew.
 */
final class Oracle {

  private final Path home;
  private final Map<String, Path> identities;
  private final Map<String, String> keyByNamespace;
  private long tokens;

  /**
   * @param identities each factory's age identity
   * @param keyByNamespace the hubs' keys
   */
  Oracle(Path home, Map<String, Path> identities, Map<String, String> keyByNamespace) {
    this.home = home;
    this.identities = identities;
    this.keyByNamespace = keyByNamespace;
  }

  /** How many tokens it has checked. */
  long tokens() {
    return tokens;
  }

  /** What is wrong; empty when all is well. */
  List<String> wrong(List<Sent> sent, JdbcClient jdbc) throws Exception {
    List<String> wrong = new ArrayList<>();
    Set<String> expected = new TreeSet<>();
    for (Sent one : sent) {
      expected.addAll(one.devices());
      checkArrival(one, jdbc, wrong);
      checkBundle(one, wrong);
    }
    List<String> registered =
        jdbc.sql("SELECT device_id::text FROM registry WHERE state = 'PROVISIONED'")
            .query(String.class)
            .list();
    differ("devices in the registry", expected, registered, wrong);
    List<String> others =
        jdbc.sql("SELECT DISTINCT state::text FROM registry WHERE state <> 'PROVISIONED'")
            .query(String.class)
            .list();
    if (!others.isEmpty()) {
      wrong.add("Devices are left in states " + others);
    }
    checkHistory(jdbc, wrong);
    for (String folder : List.of("inbox", "spool", "outbox/.staging")) {
      List<Path> left = files(home.resolve(folder));
      left.removeIf(file -> file.endsWith("filler"));
      if (!left.isEmpty()) {
        wrong.add("Left over in " + folder + ": " + left);
      }
    }
    return wrong;
  }

  private static void checkArrival(Sent one, JdbcClient jdbc, List<String> wrong) {
    List<String> states =
        jdbc.sql(
                "SELECT concat_ws(' ', state, problem) FROM arrival WHERE factory = ? AND file_name"
                    + " = ?")
            .params(one.factory(), one.file())
            .query(String.class)
            .list();
    if (!states.equals(List.of("DONE"))) {
      wrong.add(one.factory() + "/" + one.file() + " arrived as " + states);
    }
  }

  private void checkBundle(Sent one, List<String> wrong) throws Exception {
    String name = one.file().replace(".csv", "");
    List<Path> bundles;
    try (Stream<Path> all = Files.list(home.resolve("outbox").resolve(one.factory()))) {
      bundles = all.filter(path -> path.getFileName().toString().startsWith(name + "-")).toList();
    }
    if (bundles.size() != 1) {
      wrong.add(one.factory() + "/" + one.file() + " has " + bundles.size() + " bundles");
      return;
    }
    Path bundle = bundles.get(0);
    Receipt receipt = Receipt.parse(Files.readString(bundle.resolve("receipt.json")));
    List<String> devices = new ArrayList<>();
    for (Receipt.Part part : receipt.parts()) {
      RunProgram.Result opened =
          RunProgram.run(
              List.of(
                  "age",
                  "-d",
                  "-i",
                  identities.get(one.factory()) + "",
                  bundle.resolve(part.name()).toString()),
              new byte[0]);
      if (opened.exitCode() != 0) {
        wrong.add("age can't open " + bundle.resolve(part.name()) + ": " + opened.stderr());
        continue;
      }
      for (String line : opened.text().lines().skip(1).toList()) {
        devices.add(checkToken(line, receipt, wrong));
      }
    }
    differ("devices in bundle " + bundle.getFileName(), one.devices(), devices, wrong);
    List<String> rejects =
        Files.readAllLines(bundle.resolve("rejects.csv")).stream()
            .skip(1)
            .map(line -> line.split(",", -1))
            .map(cells -> cells[0] + "," + cells[2])
            .toList();
    differ("rejects in bundle " + bundle.getFileName(), one.rejects(), rejects, wrong);
    if (receipt.accepted() != one.devices().size() || receipt.rejected() != one.rejects().size()) {
      wrong.add("The receipt of " + bundle.getFileName() + " counts wrongly");
    }
  }

  /** Returns the device of a line of a bundle. */
  private String checkToken(String line, Receipt receipt, List<String> wrong) throws Exception {
    String[] cells = line.split(",", -1);
    Map<String, String> token =
        Stream.of(cells[3].substring("SharedAccessSignature ".length()).split("&"))
            .map(pair -> pair.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        new SecretKeySpec(
            keyByNamespace.getOrDefault(cells[1], "unknown hub").getBytes(UTF_8), "HmacSHA256"));
    String signature =
        Base64.getEncoder()
            .encodeToString(
                mac.doFinal((token.get("sr") + "\n" + token.get("se")).getBytes(UTF_8)));
    tokens++;
    if (!signature.equals(URLDecoder.decode(token.get("sig"), UTF_8))
        || !String.valueOf(token.get("sr")).endsWith("publishers%2F" + cells[0])
        || !String.valueOf(receipt.tokensExpireAt().getEpochSecond()).equals(token.get("se"))) {
      wrong.add("The token of " + cells[0] + " is not its own");
    }
    return cells[0];
  }

  private static void checkHistory(JdbcClient jdbc, List<String> wrong) {
    wrong.addAll(
        jdbc.sql(
                """
                SELECT concat_ws(' ', 'The last execution of a run is', e.job_execution_id, e.status, e.exit_message)
                  FROM batch_job_execution e
                 WHERE e.status <> 'COMPLETED'
                   AND NOT EXISTS (SELECT FROM batch_job_execution l
                                    WHERE l.job_instance_id = e.job_instance_id
                                      AND l.job_execution_id > e.job_execution_id)\
                """)
            .query(String.class)
            .list());
    wrong.addAll(
        jdbc.sql(
                """
                SELECT concat_ws(' ', 'Manifest', name, 'is neither delivered nor withdrawn') FROM manifest
                 WHERE delivered_at IS NULL AND withdrawn_at IS NULL\
                """)
            .query(String.class)
            .list());
  }

  private static void differ(
      String what, Set<String> expected, List<String> found, List<String> wrong) {
    Set<String> once = new TreeSet<>(found);
    long lost = expected.stream().filter(one -> !once.contains(one)).count();
    long strange = once.stream().filter(one -> !expected.contains(one)).count();
    long twice = (long) found.size() - once.size();
    if (lost + strange + twice > 0) {
      wrong.add("%s: %d lost, %d strange, %d twice".formatted(what, lost, strange, twice));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return new ArrayList<>();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).collect(Collectors.toCollection(ArrayList::new));
    }
  }
}
