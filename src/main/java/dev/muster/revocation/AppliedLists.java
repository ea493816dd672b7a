package dev.muster.revocation;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.bundle.RejectsReport;
import dev.muster.export.Beginning;
import dev.muster.export.Export;
import dev.muster.manifest.Rejected;
import dev.muster.run.RunOutcome;
import dev.muster.status.StatusVerdict;
import dev.muster.store.ObjectStore;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/**
 * Revocation lists, and what became of them. A caller that is bound to a factory sees that
 * factory's only.
 */
@Guarded
@Component
public class AppliedLists {

  private static final int MOST_AT_ONCE = 1000;

  /** What a report has, in this order; see {@code ReportList}. */
  private static final List<String> REPORT =
      List.of(Outbox.RECEIPT, RejectsReport.REPORT, RejectsReport.ROWS, "devices-behind.csv");

  private static final String LINES =
      """
      SELECT l.list_id AS id, l.name, l.factory, l.actor, l.rows,
             (SELECT coalesce(sum(entries), 0) FROM revocation_count c
               WHERE c.list_id = l.list_id AND c.verdict IN ('CHANGED', 'KEPT_UNKNOWN')) AS changed,
             coalesce((l.receipt->>'rejected')::bigint,
                      (SELECT count(*) FROM revocation_reject r WHERE r.list_id = l.list_id)) AS rejected,
             l.received_at, l.applied_at, %1$s AS held
        FROM revocation_list l
       WHERE (:own::text IS NULL OR l.factory = :own::text)
         AND %2$s
       ORDER BY l.list_id DESC LIMIT :limit\
      """;

  private final RevocationLists lists;
  private final ObjectStore store;
  private final JdbcClient jdbc;

  AppliedLists(RevocationLists lists, ObjectStore store, JdbcClient jdbc) {
    this.lists = lists;
    this.store = store;
    this.jdbc = jdbc;
  }

  /**
   * Which lists; null or empty: any.
   *
   * @param name part of it
   * @param applied whether it was applied to its end
   * @param held whether it waits for a second person
   */
  public record Filter(
      @Nullable String factory,
      @Nullable String name,
      @Nullable Boolean applied,
      @Nullable Boolean held) {}

  /**
   * A list in a list of lists.
   *
   * @param factory who sent it; null: an operator
   * @param changed how many devices' status it changed
   * @param held whether it waits for a second person
   * @param appliedAt null: not to its end yet
   */
  public record Line(
      int id,
      String name,
      @Nullable String factory,
      String actor,
      long rows,
      long changed,
      long rejected,
      Instant receivedAt,
      boolean held,
      @Nullable Instant appliedAt) {}

  /**
   * A list in detail. Its factory is not told the names of those who approved it or had it undone.
   *
   * @param counts how many entries came to what, by action
   * @param waiting how many entries wait for their time
   * @param nextEntryAt when the first of them has it
   * @param unconfirmed how many of its devices their hubs have not confirmed
   * @param arrival which brought it; null: an operator did
   * @param undoable whether it can be undone, or undone further: that was not to its end
   */
  public record Detail(
      RevocationList list,
      Map<StatusVerdict, Map<String, Long>> counts,
      Map<String, Long> rejectsByCode,
      long waiting,
      @Nullable Instant nextEntryAt,
      long unconfirmed,
      @Nullable Long arrival,
      List<Long> executions,
      boolean undoable,
      List<ReportFile> files) {

    /** Its receipt; null until it is applied. */
    public @Nullable RevocationReceipt receipt() {
      String json = list.receipt();
      return json == null ? null : RevocationReceipt.parse(json);
    }

    public long rejected() {
      return RunOutcome.sum(rejectsByCode);
    }
  }

  /**
   * One of the files that say what became of a list.
   *
   * @param list what the list is called
   */
  public record ReportFile(String list, String name, long bytes, InputStreamSource content) {}

  public record Waiting(
      int line, UUID device, String action, String reason, boolean behind, Instant effectiveAt) {}

  /**
   * Lists, newest first.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.LIST_READ)
  public List<Line> page(Filter filter, @Nullable Integer before, int limit) {
    return lines(
        """
        (:before::integer IS NULL OR l.list_id < :before::integer)
        AND (:factory::text IS NULL OR l.factory = :factory::text)
        AND (:name::text IS NULL OR strpos(lower(l.name), lower(:name::text)) > 0)
        AND (:applied::boolean IS NULL OR (l.applied_at IS NOT NULL) = :applied::boolean)
        AND (:held::boolean IS NULL OR\
        """
            + " %s = :held::boolean)".formatted(RevocationLists.WAITS),
        sql ->
            sql.param("before", before)
                .param("factory", unlessEmpty(filter.factory()))
                .param("name", unlessEmpty(filter.name()))
                .param("applied", filter.applied())
                .param("held", filter.held()),
        limit);
  }

  /** Lists whose names begin so, newest first. */
  @Requires(Permission.LIST_READ)
  public List<Line> beginning(String name, int limit) {
    return beginning("lower(l.name)", name, limit);
  }

  /** Lists whose SHA-256 begins so, newest first. */
  @Requires(Permission.LIST_READ)
  public List<Line> ofContent(String sha256, int limit) {
    return beginning("l.sha256", sha256, limit);
  }

  /** One list, as a list of them has it. */
  @Requires(Permission.LIST_READ)
  public Optional<Line> line(int id) {
    return lines("l.list_id = :id", sql -> sql.param("id", id), 1).stream().findFirst();
  }

  private List<Line> beginning(String column, String text, int limit) {
    Beginning beginning = Beginning.with(text);
    return lines(
        Beginning.of(column),
        sql -> sql.param("begun", beginning.begun()).param("end", beginning.end()),
        limit);
  }

  private List<Line> lines(String condition, UnaryOperator<StatementSpec> parameters, int limit) {
    return parameters
        .apply(jdbc.sql(LINES.formatted(RevocationLists.WAITS, condition)))
        .param("own", Callers.factory(Permission.LIST_READ))
        .param("limit", Math.max(1, Math.min(limit, MOST_AT_ONCE)))
        .query(Line.class)
        .list();
  }

  /** All lists that are meant, to take away. */
  @Requires(Permission.LIST_READ)
  public Export<Line, Integer> all(Filter filter) {
    return Export.of(Line.class, (before, limit) -> page(filter, before, limit), Line::id);
  }

  /** How many lists have arrived and wait for the nightly run. */
  @Requires(Permission.LIST_READ)
  public long waitingForTheNight() {
    return jdbc.sql(
            """
            SELECT count(*) FROM arrival
             WHERE kind = 'REVOCATIONS' AND state = 'WAITING' AND due_at = 'infinity'
               AND (:own::text IS NULL OR factory = :own::text)\
            """)
        .param("own", Callers.factory(Permission.LIST_READ))
        .query(Long.class)
        .single();
  }

  /** How many lists wait for a second person. */
  @Requires(Permission.LIST_READ)
  public long held() {
    return lists.waitingForApproval(Callers.factory(Permission.LIST_READ));
  }

  /** One list; empty when there is none of this number, or none that the caller sees. */
  @Requires(Permission.LIST_READ)
  public Optional<Detail> one(int id) {
    return list(id).map(this::detail);
  }

  /**
   * The rows that were refused, in the order of their lines.
   *
   * @param after only those on later lines
   */
  @Requires(Permission.LIST_READ)
  public List<Rejected> rejects(int id, int after, int limit) {
    return list(id).isEmpty()
        ? List.of()
        : lists.rejects(id, after, Math.max(1, Math.min(limit, MOST_AT_ONCE)));
  }

  /** The entries whose time has not come, those that come next first. */
  @Requires(Permission.LIST_READ)
  public List<Waiting> waiting(int id, int limit) {
    if (list(id).isEmpty()) {
      return List.of();
    }
    return jdbc.sql(
            """
            SELECT line, device_id AS device, action, reason, behind, effective_at FROM revocation_entry
             WHERE list_id = ? ORDER BY effective_at, line LIMIT ?\
            """)
        .params(id, Math.max(1, Math.min(limit, MOST_AT_ONCE)))
        .query(Waiting.class)
        .list();
  }

  /**
   * A file of a list's report.
   *
   * @return empty when there is none of this name, or none that the caller sees
   */
  @Requires(Permission.LIST_READ)
  public Optional<ReportFile> file(int id, String name) throws IOException {
    Optional<RevocationList> list = list(id);
    return list.isEmpty()
        ? Optional.empty()
        : files(list.get()).stream().filter(file -> file.name().equals(name)).findFirst();
  }

  private Optional<RevocationList> list(int id) {
    return lists
        .find(id)
        .filter(list -> Callers.current().sees(Permission.LIST_READ, list.factory()))
        .map(
            list -> Callers.factory(Permission.LIST_READ) == null ? list : list.seenByItsFactory());
  }

  private Detail detail(RevocationList list) {
    record Origin(@Nullable Long arrival, @Nullable Instant next) {}
    Origin origin =
        jdbc.sql(
                """
                SELECT arrival_id AS arrival,
                       (SELECT min(effective_at) FROM revocation_entry e WHERE e.list_id = l.list_id) AS next
                  FROM revocation_list l WHERE list_id = ?\
                """)
            .param(list.id())
            .query(Origin.class)
            .single();
    List<ReportFile> files;
    try {
      files = files(list);
    } catch (IOException e) {
      files = List.of();
    }
    List<Long> executions = executions(list.id());
    return new Detail(
        list,
        lists.counts(list.id()),
        lists.rejectsByCode(list.id()),
        lists.waiting(list.id()),
        origin.next(),
        lists.unconfirmed(list.id()),
        origin.arrival(),
        executions,
        (list.appliedAt() != null || abandoned(executions))
            && (list.undoneBy() == null || lists.keepsAnyOut(list.id())),
        files);
  }

  private boolean abandoned(List<Long> executions) {
    return !executions.isEmpty()
        && jdbc.sql(
                "SELECT status = 'ABANDONED' FROM batch_job_execution WHERE job_execution_id = ?")
            .param(executions.get(0))
            .query(Boolean.class)
            .single();
  }

  /** By the parameters that make a run of the job the list's own. */
  private List<Long> executions(int id) {
    return jdbc.sql(
            """
            SELECT e.job_execution_id
              FROM revocation_list l
              JOIN batch_job_execution_params p ON p.parameter_name = 'sha256' AND p.parameter_value = l.sha256
              JOIN batch_job_execution e USING (job_execution_id)
              JOIN batch_job_instance i ON i.job_instance_id = e.job_instance_id AND i.job_name = :job
             WHERE l.list_id = :list
               AND (SELECT count(*) FROM batch_job_execution_params o
                     WHERE o.job_execution_id = e.job_execution_id
                       AND (o.parameter_name, o.parameter_value) IN
                           (('factory', l.factory), ('arrival', l.arrival_id::text), ('round', l.round::text)))
                   = num_nonnulls(l.factory, l.arrival_id, l.round)
               AND num_nonnulls(l.factory, l.arrival_id, l.round) =
                   (SELECT count(*) FROM batch_job_execution_params o
                     WHERE o.job_execution_id = e.job_execution_id
                       AND o.parameter_name IN ('factory', 'arrival', 'round'))
             ORDER BY 1 DESC\
            """)
        .param("job", ApplyRevocationsJob.JOB)
        .param("list", id)
        .query(Long.class)
        .list();
  }

  /** Only what a report has, and only what is a file of its own there. */
  private List<ReportFile> files(RevocationList list) throws IOException {
    List<ReportFile> files = new ArrayList<>();
    if (list.outbox() != null) {
      for (String name : REPORT) {
        String key = list.outbox() + "/" + name;
        store
            .find(key)
            .ifPresent(
                found ->
                    files.add(
                        new ReportFile(
                            list.name(), name, found.bytes(), () -> store.read(key, 0))));
      }
    }
    return files;
  }

  private static @Nullable String unlessEmpty(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
