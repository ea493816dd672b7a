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
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
  private final Map<String, List<Path>> identities;
  private final Map<String, String> keyByNamespace;

  /** Bundles that were looked at, whose content nobody changes any more. */
  private final Set<Path> checked = new HashSet<>();

  private int settled;
  private long tokens;

  /**
   * @param identities each factory's age identities, one after the other
   * @param keyByNamespace the hubs' keys
   */
  Oracle(Path home, Map<String, List<Path>> identities, Map<String, String> keyByNamespace) {
    this.home = home;
    this.identities = identities;
    this.keyByNamespace = keyByNamespace;
  }

  /** How many tokens it has checked. */
  long tokens() {
    return tokens;
  }

  /**
   * What is wrong while work goes on: with bundles that have appeared, and with what nobody but a
   * person would continue. Empty when all is well.
   */
  List<String> wrongSoFar(List<Sent> sent, Database database) throws Exception {
    List<String> wrong = new ArrayList<>();
    Map<String, Sent> byName = new HashMap<>();
    sent.forEach(one -> byName.put(one.factory() + "/" + one.name(), one));
    for (String factory : identities.keySet()) {
      for (Path bundle : folders(home.resolve("outbox").resolve(factory))) {
        String folder = bundle.getFileName().toString();
        Sent one = byName.get(factory + "/" + folder.substring(0, folder.lastIndexOf('-')));
        if (one == null) {
          wrong.add("Nobody sent what bundle " + bundle + " is for");
        } else if (one.withdrawn()) {
          wrong.add("It was withdrawn, and has the bundle " + bundle);
        } else if (checked.add(bundle)) {
          checkBundle(bundle, one, wrong);
        }
      }
    }
    String withdrawn =
        sent.stream().filter(Sent::withdrawn).map(Sent::file).collect(Collectors.joining(","));
    database
        .ask(
            jdbc ->
                jdbc.sql(
                        """
                        SELECT concat_ws(' ', factory || '/' || file_name, 'needs somebody:', state, verdict, problem)
                          FROM arrival
                         WHERE (state IN ('REFUSED', 'FAILED') OR verdict IN ('REFUSED', 'FAILED'))
                           AND NOT (verdict = 'REFUSED' AND file_name = ANY (string_to_array(?, ',')))\
                        """)
                    .param(withdrawn)
                    .query(String.class)
                    .list())
        .ifPresent(wrong::addAll);
    return wrong;
  }

  /** What is wrong when nothing is under way any more; empty when all is well. */
  List<String> wrong(List<Sent> sent, Database database) throws Exception {
    List<String> wrong = new ArrayList<>(wrongSoFar(sent, database));
    Optional<Boolean> asked =
        database.ask(
            jdbc -> {
              for (Sent one : sent.subList(settled, sent.size())) {
                checkArrival(one, jdbc, wrong);
                differ(
                    "devices of " + one.name() + " in the registry",
                    one.withdrawn() ? Set.of() : one.devices(),
                    jdbc.sql("SELECT device_id::text FROM registry WHERE manifest = ?")
                        .param(one.name())
                        .query(String.class)
                        .list(),
                    wrong);
              }
              long devices =
                  sent.stream()
                      .filter(one -> !one.withdrawn())
                      .mapToInt(one -> one.devices().size())
                      .sum();
              List<String> states =
                  jdbc.sql("SELECT state || ' ' || count(*) FROM registry GROUP BY state")
                      .query(String.class)
                      .list();
              if (!states.equals(List.of("PROVISIONED " + devices))) {
                wrong.add("Of %d devices the registry says %s".formatted(devices, states));
              }
              checkHistory(jdbc, wrong);
              return true;
            });
    if (asked.isEmpty()) {
      wrong.add("PostgreSQL is away though all is quiet");
    }
    settled = sent.size();
    for (Sent one : sent) {
      List<Path> bundles =
          folders(home.resolve("outbox").resolve(one.factory())).stream()
              .filter(path -> path.getFileName().toString().startsWith(one.name() + "-"))
              .toList();
      if (bundles.size() != (one.withdrawn() ? 0 : 1)) {
        wrong.add("%s/%s has the bundles %s".formatted(one.factory(), one.file(), bundles));
      }
    }
    for (String folder : List.of("inbox", "spool", "outbox/.staging")) {
      List<Path> left = files(home.resolve(folder));
      if (!left.isEmpty()) {
        wrong.add("Left over in " + folder + ": " + left);
      }
    }
    return wrong;
  }

  private static void checkArrival(Sent one, JdbcClient jdbc, List<String> wrong) {
    List<String> states =
        jdbc.sql(
                "SELECT concat_ws(' ', state, CASE state WHEN 'DONE' THEN problem END) FROM arrival"
                    + " WHERE factory = ? AND file_name = ?")
            .params(one.factory(), one.file())
            .query(String.class)
            .list();
    if (!states.equals(Collections.nCopies(one.times(), one.withdrawn() ? "REFUSED" : "DONE"))) {
      wrong.add(one.factory() + "/" + one.file() + " arrived as " + states);
    }
  }

  private void checkBundle(Path bundle, Sent one, List<String> wrong) throws Exception {
    Receipt receipt = Receipt.parse(Files.readString(bundle.resolve("receipt.json")));
    List<String> devices = new ArrayList<>();
    Path identity = null; // of the first part, and so of all
    for (Receipt.Part part : receipt.parts()) {
      Path file = bundle.resolve(part.name());
      Optional<String> opened = Optional.empty();
      if (identity == null) {
        for (Path candidate : Objects.requireNonNull(identities.get(one.factory()))) {
          opened = opened(file, candidate);
          if (opened.isPresent()) {
            identity = candidate;
            break;
          }
        }
      } else {
        opened = opened(file, identity);
      }
      if (opened.isEmpty()) {
        wrong.add("age can't open " + file + " with " + identity);
        continue;
      }
      for (String line : opened.get().lines().skip(1).toList()) {
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

  private static Optional<String> opened(Path part, Path identity) throws Exception {
    RunProgram.Result opened =
        RunProgram.run(
            List.of("age", "-d", "-i", identity.toString(), part.toString()), new byte[0]);
    return opened.exitCode() == 0 ? Optional.of(opened.text()) : Optional.empty();
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
                 WHERE e.status <> 'COMPLETED' AND e.exit_code <> 'WITHDRAWN'
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

  private static List<Path> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isDirectory).toList();
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
