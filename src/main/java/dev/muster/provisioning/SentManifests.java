package dev.muster.provisioning;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleFile;
import dev.muster.bundle.BundleFiles;
import dev.muster.bundle.Bundles;
import dev.muster.bundle.Receipt;
import dev.muster.bundle.RejectsReport;
import dev.muster.export.Beginning;
import dev.muster.export.Export;
import dev.muster.export.Period;
import dev.muster.manifest.RejectCode;
import dev.muster.manifest.Rejected;
import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.Origin;
import dev.muster.provisioning.SentManifest.State;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.registry.Rejects;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.RunHistory;
import dev.muster.run.RunKind;
import dev.muster.run.RunProgress;
import dev.muster.run.RunSubject;
import java.io.IOException;
import java.io.Writer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.DefaultJobKeyGenerator;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The manifests that were received, what came of each, and their bundles. One that was refused as a
 * whole never became a manifest: it is only an execution.
 */
@Guarded
@Component
public class SentManifests {

  /** How many that are not delivered are looked at in one go, when their state is asked for. */
  private static final int BATCH = 200;

  private static final int AT_ONCE = 1000;

  /** {@code earlier}: how often the content came before, which tells its runs apart. */
  private static final String SELECT =
      """
      SELECT m.manifest_id, m.name, m.factory, m.sha256, m.rows, m.received_at, m.delivered_at, m.withdrawn_at,
             coalesce(m.accepted, (SELECT sum(devices) FROM loaded_lines l WHERE l.manifest_id = m.manifest_id), 0) AS accepted,
             coalesce(m.rejected, (SELECT count(*) FROM reject r WHERE r.manifest_id = m.manifest_id)) AS rejected,
             (SELECT coalesce(sum(devices), 0) FROM seen_count c WHERE c.manifest_id = m.manifest_id) AS seen,
             (SELECT count(*) FROM manifest o
               WHERE o.factory = m.factory AND o.sha256 = m.sha256 AND o.manifest_id < m.manifest_id) AS earlier
        FROM manifest m
       WHERE NOT m.by_hand AND (:mine::text IS NULL OR m.factory = :mine::text) AND (%s)
       ORDER BY m.manifest_id DESC LIMIT :limit\
      """;

  private final JdbcClient jdbc;
  private final RunHistory history;
  private final RunProgress runProgress;
  private final Manifests manifests;
  private final Bundles bundles;
  private final BundleFiles files;

  SentManifests(
      JdbcClient jdbc,
      RunHistory history,
      RunProgress runProgress,
      Manifests manifests,
      Bundles bundles,
      BundleFiles files) {
    this.jdbc = jdbc;
    this.history = history;
    this.runProgress = runProgress;
    this.manifests = manifests;
    this.bundles = bundles;
    this.files = files;
  }

  /**
   * Which manifests; null or empty: any.
   *
   * @param name part of it
   * @param sha256 how it begins
   */
  public record Filter(
      @Nullable String factory,
      @Nullable String name,
      @Nullable String sha256,
      @Nullable State state,
      Period received) {}

  /**
   * Manifests, newest first; a factory's account sees its own.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.MANIFEST_READ)
  public List<Line> page(Filter filter, @Nullable Integer before, int limit) {
    State state = filter.state();
    List<String> where = new ArrayList<>();
    Map<String, Object> parameters = new HashMap<>();
    where.add(
        state == null
            ? "true"
            : switch (state) {
              case DELIVERED -> "m.delivered_at IS NOT NULL";
              case WITHDRAWN -> "m.withdrawn_at IS NOT NULL";
              default -> "m.delivered_at IS NULL AND m.withdrawn_at IS NULL";
            });
    if (!given(filter.factory()).isEmpty()) {
      where.add("m.factory = :factory");
      parameters.put("factory", given(filter.factory()));
    }
    if (!given(filter.name()).isEmpty()) {
      where.add("strpos(lower(m.name), lower(:name)) > 0");
      parameters.put("name", given(filter.name()));
    }
    if (!given(filter.sha256()).isEmpty()) {
      where.add(Beginning.of("m.sha256"));
      putBegun(given(filter.sha256()), parameters);
    }
    filter.received().limit("m.received_at", where, parameters);
    where.add("m.manifest_id < :before");
    String condition = String.join(" AND ", where);
    int cursor = before == null ? Integer.MAX_VALUE : before;
    List<Line> found = new ArrayList<>();
    // How it stands with those that are neither delivered nor withdrawn, their last execution says.
    while (found.size() < limit) {
      parameters.put("before", cursor);
      boolean looked = state != null && state != State.DELIVERED && state != State.WITHDRAWN;
      List<Line> lines = lines(condition, parameters, looked ? BATCH : limit);
      lines.stream()
          .filter(line -> state == null || line.state() == state)
          .limit(limit - found.size())
          .forEach(found::add);
      if (!looked || lines.size() < BATCH) {
        break;
      }
      cursor = lines.get(lines.size() - 1).id();
    }
    return found;
  }

  /** All manifests that are meant, to take away. */
  @Requires(Permission.MANIFEST_READ)
  public Export<Line, Integer> all(Filter filter) {
    return Export.of(Line.class, (before, limit) -> page(filter, before, limit), Line::id);
  }

  /** One manifest, with all that is known of it. */
  @Requires(Permission.MANIFEST_READ)
  public Optional<SentManifest> find(int id) {
    return line(id).map(this::detail);
  }

  /**
   * The rows of a manifest that were refused, in the order of their lines.
   *
   * @param afterLine only those behind it; 0: from the first
   * @param code only those; null: all
   */
  @Requires(Permission.MANIFEST_READ)
  public List<Rejected> rejects(int id, long afterLine, int limit, @Nullable RejectCode code) {
    if (line(id).isEmpty()) {
      return List.of();
    }
    return jdbc.sql(
            """
            SELECT line, device_id, code, column_name, value, message FROM reject
             WHERE manifest_id = :id AND line > :after AND (:code::text IS NULL OR code = :code::text)
             ORDER BY line LIMIT :limit\
            """)
        .param("id", id)
        .param("after", Math.min(afterLine, Integer.MAX_VALUE))
        .param("code", code == null ? null : code.name())
        .param("limit", limit)
        .query((row, number) -> Rejects.rejected(row))
        .list();
  }

  /**
   * Writes all of them, as {@code rejects.csv} in its bundle has them.
   *
   * @param code only those; null: all
   */
  @Requires(Permission.MANIFEST_READ)
  public void writeRejects(int id, @Nullable RejectCode code, Writer to) throws IOException {
    try (RejectsReport report = RejectsReport.to(to)) {
      long after = 0;
      List<Rejected> some = rejects(id, after, AT_ONCE, code);
      while (!some.isEmpty()) {
        for (Rejected reject : some) {
          report.add(reject);
        }
        after = some.get(some.size() - 1).line();
        some = rejects(id, after, AT_ONCE, code);
      }
    }
  }

  /**
   * Opens a file of a manifest's bundle. Its factory's account has fetched it when it takes a part.
   *
   * @param taken whether it is taken away; not when somebody asks only what it is (HEAD)
   * @return empty when there is no such manifest, or the bundle has no such file
   */
  @Requires(Permission.MANIFEST_READ)
  public Optional<BundleFiles.Download> open(int id, String name, boolean taken)
      throws IOException {
    if (line(id).isEmpty()) {
      return Optional.empty();
    }
    Manifest manifest = manifests.get(id);
    Optional<Bundle> bundle = bundle(manifest);
    if (bundle.isEmpty()) {
      return files.openRefused(manifest.factory(), bundleName(manifest), name);
    }
    return files.open(bundle.get(), name, taken);
  }

  /** One manifest, as a list has it. */
  @Requires(Permission.MANIFEST_READ)
  public Optional<Line> line(int id) {
    return lines("m.manifest_id = :id", Map.of("id", id), 1).stream().findFirst();
  }

  /** Manifests whose names begin so, newest first. */
  @Requires(Permission.MANIFEST_READ)
  public List<Line> beginning(String name, int limit) {
    return beginning("lower(m.name)", name, limit);
  }

  /** Manifests whose SHA-256 begins so, newest first. */
  @Requires(Permission.MANIFEST_READ)
  public List<Line> ofContent(String sha256, int limit) {
    return beginning("m.sha256", sha256, limit);
  }

  private List<Line> beginning(String column, String text, int limit) {
    Map<String, Object> parameters = new HashMap<>();
    putBegun(text, parameters);
    return lines(Beginning.of(column), parameters, limit);
  }

  private static void putBegun(String text, Map<String, Object> parameters) {
    Beginning beginning = Beginning.with(text);
    parameters.put("begun", beginning.begun());
    parameters.put("end", beginning.end());
  }

  private SentManifest detail(Line line) {
    Manifest manifest = manifests.get(line.id());
    List<ExecutionSummary> runs =
        history.ofRun(
            ProvisionManifestJob.JOB, jobKey(line.factory(), line.sha256(), round(manifest)));
    Receipt receipt = manifest.receipt() == null ? null : Receipt.parse(manifest.receipt());
    Map<String, String> asked = runs.isEmpty() ? Map.of() : history.asked(runs.get(0).execution());
    return new SentManifest(
        line,
        manifest.columns(),
        manifest.tokensExpireAt(),
        receipt == null ? manifests.rejectsByCode(line.id()) : receipt.rejectedByCode(),
        devicesByHub(manifest, receipt),
        receipt,
        runs,
        runs.isEmpty()
            ? List.of()
            : runProgress.steps(
                ProvisionManifestJob.JOB,
                new RunSubject(line.id(), null, line.rows(), line.accepted()),
                runs),
        origin(asked),
        history.decisions(runs),
        files(manifest),
        manifest.bundle(),
        laterBundles(line));
  }

  private long laterBundles(Line line) {
    return line.deliveredAt() == null
        ? 0
        : jdbc.sql(
                """
                SELECT count(*) FROM bundle
                 WHERE factory = ? AND purpose <> 'PROVISION' AND delivered_at > ?\
                """)
            .param(line.factory())
            .param(Timestamp.from(line.deliveredAt()))
            .query(Long.class)
            .single();
  }

  private Map<String, Long> devicesByHub(Manifest manifest, @Nullable Receipt receipt) {
    if (receipt == null) {
      return manifests.devicesByHub(manifest.id());
    }
    Map<String, Long> byHub = new TreeMap<>();
    receipt.hubs().forEach(hub -> byHub.put(hub.name(), hub.devices()));
    return byHub;
  }

  private Origin origin(Map<String, String> asked) {
    return Optional.ofNullable(asked.get(RunKind.ARRIVAL))
        .map(Long::valueOf)
        .flatMap(
            id ->
                jdbc.sql(
                        """
                        SELECT source, arrival_id AS arrival, file_name, sender, arrived_at
                          FROM arrival WHERE arrival_id = ?\
                        """)
                    .param(id)
                    .query(Origin.class)
                    .optional())
        .orElseGet(() -> new Origin("command line", null, fileName(asked), null, null));
  }

  private static @Nullable String fileName(Map<String, String> asked) {
    String file = asked.get("file");
    return file == null ? null : file.substring(file.replace('\\', '/').lastIndexOf('/') + 1);
  }

  // Files

  private Optional<Bundle> bundle(Manifest manifest) {
    return manifest.delivered()
        ? Optional.ofNullable(manifest.bundle()).flatMap(bundles::find)
        : Optional.empty();
  }

  private List<BundleFile> files(Manifest manifest) {
    return bundle(manifest)
        .map(files::of)
        .orElseGet(() -> files.ofRefused(manifest.factory(), bundleName(manifest)));
  }

  private static String bundleName(Manifest manifest) {
    return RunParameters.bundleName(manifest.name(), manifest.sha256());
  }

  // Lines

  private List<Line> lines(String where, Map<String, ?> parameters, int limit) {
    List<Row> rows =
        jdbc.sql(SELECT.formatted(where))
            .param("mine", Callers.factory(Permission.MANIFEST_READ))
            .params(parameters)
            .param("limit", limit)
            .query((row, number) -> new Row(row))
            .list();
    HashSet<String> keys = new HashSet<>();
    rows.forEach(row -> keys.add(row.jobKey));
    Map<String, ExecutionSummary> last = history.lastOf(ProvisionManifestJob.JOB, keys);
    return rows.stream().map(row -> row.line(last.get(row.jobKey))).toList();
  }

  private long round(Manifest manifest) {
    return jdbc.sql(
            "SELECT count(*) FROM manifest WHERE factory = ? AND sha256 = ? AND manifest_id < ?")
        .params(manifest.factory(), manifest.sha256(), manifest.id())
        .query(Long.class)
        .single();
  }

  private static String jobKey(String factory, String sha256, long round) {
    return new DefaultJobKeyGenerator().generateKey(RunParameters.identity(factory, sha256, round));
  }

  private static String given(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  private static final class Row {
    private final int id;
    private final String name;
    private final String factory;
    private final String sha256;
    private final long rows;
    private final long accepted;
    private final long rejected;
    private final Instant receivedAt;
    private final @Nullable Instant deliveredAt;
    private final @Nullable Instant withdrawnAt;
    private final long seen;
    private final String jobKey;

    Row(ResultSet row) throws SQLException {
      id = row.getInt("manifest_id");
      name = row.getString("name");
      factory = row.getString("factory");
      sha256 = row.getString("sha256");
      rows = row.getLong("rows");
      accepted = row.getLong("accepted");
      rejected = row.getLong("rejected");
      receivedAt = row.getTimestamp("received_at").toInstant();
      deliveredAt = instant(row.getTimestamp("delivered_at"));
      withdrawnAt = instant(row.getTimestamp("withdrawn_at"));
      seen = row.getLong("seen");
      jobKey = jobKey(factory, sha256, row.getLong("earlier"));
    }

    Line line(@Nullable ExecutionSummary last) {
      State state = state(last);
      return new Line(
          id,
          name,
          factory,
          sha256,
          state,
          rows,
          accepted,
          rejected,
          receivedAt,
          deliveredAt,
          withdrawnAt,
          deliveredAt == null ? null : Long.valueOf(seen),
          deliveredAt == null ? null : Long.valueOf(Math.max(0, accepted - seen)),
          last == null ? null : last.execution(),
          last == null || state == State.DELIVERED || state == State.RUNNING ? null : last.cause());
    }

    private State state(@Nullable ExecutionSummary last) {
      if (deliveredAt != null) {
        return State.DELIVERED;
      }
      if (withdrawnAt != null) {
        return State.WITHDRAWN;
      }
      if (last == null) {
        return State.FAILED;
      }
      return switch (last.status()) {
        case "STARTING", "STARTED", "STOPPING", "COMPLETED" -> State.RUNNING;
        case "STOPPED" -> State.STOPPED;
        case "ABANDONED" -> State.ABANDONED;
        default -> State.FAILED;
      };
    }

    private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
      return timestamp == null ? null : timestamp.toInstant();
    }
  }
}
