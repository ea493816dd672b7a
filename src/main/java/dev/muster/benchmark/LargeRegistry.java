package dev.muster.benchmark;

import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Fills the registry as years of work would: a manifest and a list are really run, and what they
 * left in every table is then there thousands of times, with other names, states and times.
 */
@Component
class LargeRegistry {

  private static final int TEMPLATE_ROWS = 200;
  private static final int FACTORIES = 10;

  /** Half of all devices came with ten large manifests, the others with thousands of small ones. */
  private static final int LARGE = 10;

  /** Each manifest and its run; one of fifty failed, half of those were run again and did well. */
  private static final String FILLING =
      """
      CREATE TEMPORARY TABLE filling ON COMMIT DROP AS
      SELECT *, sum(rows) OVER (ORDER BY n) - rows AS before FROM (
      SELECT n, :manifest + n AS manifest_id, :execution + n AS execution_id, :instance + n AS instance_id,
             'factory-' || lpad((n % :factories + 1)::text, 2, '0') AS factory,
             'batch-' || lpad(n::text, 5, '0') AS name,
             encode(sha256(n::text::bytea), 'hex') AS sha256,
             (CASE WHEN n <= :large THEN :devices / 2 / :large
                   ELSE :devices / 2 / (:manifests - :large) END)::integer AS rows,
             n % 50 = 7 AS failed, n % 100 = 7 AS again,
             date_trunc('milliseconds', now() - (:manifests - n + 1) * interval '13 minutes') AS at
        FROM generate_series(1, :manifests) n) of_each\
      """;

  private static final List<String> STATEMENTS =
      List.of(
          """
          INSERT INTO manifest (manifest_id, factory, sha256, name, columns, rows, received_at, tokens_expire_at,
                                delivered_at, outbox, receipt, keys_at)
          OVERRIDING SYSTEM VALUE
          SELECT f.manifest_id, f.factory, f.sha256, f.name, t.columns, f.rows, f.at, f.at + interval '120 days',
                 CASE WHEN f.failed AND NOT f.again THEN NULL ELSE f.at + interval '3 seconds' END,
                 CASE WHEN f.failed AND NOT f.again THEN NULL
                      ELSE regexp_replace(t.outbox, '[^/]*/[^/]*$', f.factory || '/' || f.name) END,
                 CASE WHEN f.failed AND NOT f.again THEN NULL ELSE t.receipt END, 0
            FROM filling f, manifest t WHERE t.manifest_id = :manifest\
          """,
          // Rows lie as loads leave them, which put each chunk in order. The primary key is made at
          // once, in
          // minutes instead of hours, with its pages as full as GUIDs that come in any order leave
          // them.
          "ALTER TABLE device DROP CONSTRAINT device_pkey",
          """
          INSERT INTO device (device_id, manifest_id, line, hub_id, serial_number, model, hardware_revision,
                              building, room)
          SELECT d.id, f.manifest_id, line, (SELECT min(hub_id) FROM hub),
                 'SN-' || lpad((f.before + line)::text, 9, '0'), 'TH-200', 'B',
                 'Building ' || line % 7 + 1, (line % 400 + 1)::text
            FROM filling f,
                 LATERAL (SELECT gen_random_uuid() AS id, line FROM generate_series(2, f.rows + 1) line
                           ORDER BY (line - 2) / 250000, id) d\
          """,
          "ALTER TABLE device ADD PRIMARY KEY (device_id) WITH (fillfactor = 70)",
          "ALTER INDEX device_pkey RESET (fillfactor)",
          // Every second one of those whose tokens were delivered gave a sign of life. Its index is
          // made at once, as the registry's.
          "ALTER TABLE device_seen DROP CONSTRAINT device_seen_pkey",
          """
          INSERT INTO device_seen (device_id, first_at, first_by, last_at, last_by)
          SELECT d.device_id, m.delivered_at, 'EXCHANGE',
                 m.delivered_at + (now() - m.delivered_at) * (line % 90 / 90.0), 'KAFKA'
            FROM device d JOIN manifest m USING (manifest_id) JOIN filling f USING (manifest_id)
           WHERE d.line % 2 = 0 AND m.delivered_at IS NOT NULL\
          """,
          "ALTER TABLE device_seen ADD PRIMARY KEY (device_id) WITH (fillfactor = 70)",
          "ALTER INDEX device_seen_pkey RESET (fillfactor)",
          """
          INSERT INTO seen_count (manifest_id, slot, devices)
          SELECT m.manifest_id, slot, (m.rows + 1) / 2 / 8
            FROM filling f JOIN manifest m USING (manifest_id), generate_series(0, 7) slot
           WHERE m.delivered_at IS NOT NULL\
          """,
          """
          INSERT INTO loaded_lines (manifest_id, first_line, last_line, hub_id, devices)
          SELECT f.manifest_id, first, least(first + 4999, f.rows + 1), (SELECT min(hub_id) FROM hub),
                 least(5000, f.rows + 2 - first)
            FROM filling f, generate_series(2, f.rows + 1, 5000) first\
          """,
          """
          INSERT INTO reject (manifest_id, line, device_id, code, column_name, value, message)
          SELECT f.manifest_id, f.rows + 1 + k, t.device_id, t.code, t.column_name, t.value, t.message
            FROM filling f, generate_series(1, CASE WHEN f.n = 1 THEN 5000 ELSE 10 END) k,
                 (SELECT * FROM reject WHERE manifest_id = :manifest ORDER BY line LIMIT 1) t
           WHERE f.n % 5 = 0 OR f.n = 1\
          """,
          """
          WITH made AS (
              INSERT INTO bundle (run, factory, purpose, name, recipients, keys_at, tokens_expire_at, token_seconds, parts,
                                  devices, begun_at, publishing_at, outbox, receipt, delivered_at)
              SELECT -m.manifest_id, m.factory, t.purpose, m.name, t.recipients, t.keys_at, m.tokens_expire_at,
                     t.token_seconds, t.parts, m.rows, m.received_at, m.delivered_at, m.outbox, m.receipt, m.delivered_at
                FROM filling f JOIN manifest m USING (manifest_id), manifest o JOIN bundle t USING (bundle_id)
               WHERE o.manifest_id = :manifest AND m.delivered_at IS NOT NULL
              RETURNING bundle_id, -run AS manifest_id, devices),
          parts AS (
              INSERT INTO bundle_part (bundle_id, part, name, staged, sha256, bytes, devices, recipients, tokens_expire_at)
              SELECT n.bundle_id, t.part, t.name, t.staged, t.sha256, t.bytes, n.devices, t.recipients, t.tokens_expire_at
                FROM made n, manifest o JOIN bundle_part t USING (bundle_id) WHERE o.manifest_id = :manifest)
          UPDATE manifest m SET bundle_id = n.bundle_id FROM made n WHERE n.manifest_id = m.manifest_id\
          """,
          """
          INSERT INTO delivery (bundle_id, factory, purpose, folder, devices, created_at, due_at, delivered_at,
                                delivered_to, fetched_at, fetched_by)
          SELECT bundle_id, factory, purpose, outbox, devices, delivered_at, delivered_at, delivered_at,
                 'folder', delivered_at, 'factory'
            FROM bundle WHERE run < 0\
          """,
          """
          INSERT INTO batch_job_instance (job_instance_id, version, job_name, job_key)
          SELECT f.instance_id, t.version, t.job_name,
                 md5(format('JobParameter{name=''factory'', value=%s, type=class java.lang.String, identifying=true}'
                            'JobParameter{name=''round'', value=0, type=class java.lang.Long, identifying=true}'
                            'JobParameter{name=''sha256'', value=%s, type=class java.lang.String, identifying=true}',
                            f.factory, f.sha256))
            FROM filling f, batch_job_execution e JOIN batch_job_instance t USING (job_instance_id)
           WHERE e.job_execution_id = :template\
          """,
          """
          CREATE TEMPORARY TABLE run ON COMMIT DROP AS
          SELECT *, NOT failed AS well, 0 AS nth, row_number() OVER (ORDER BY execution_id) AS run_number
            FROM filling
           UNION ALL
          SELECT n, manifest_id, :execution + :manifests + n, instance_id, factory, name, sha256, rows, failed, again,
                 at + interval '1 hour', before, true, 1, :manifests + n
            FROM filling WHERE again\
          """,
          """
          INSERT INTO batch_job_execution (job_execution_id, version, job_instance_id, create_time, start_time, end_time,
                                           status, exit_code, exit_message, last_updated)
          SELECT r.execution_id, t.version, r.instance_id, r.at, r.at, r.at + interval '3 seconds',
                 CASE WHEN r.well THEN 'COMPLETED' ELSE 'FAILED' END,
                 CASE WHEN r.well THEN 'COMPLETED' ELSE 'TOO_MANY_REJECTS' END,
                 CASE WHEN r.well THEN '' ELSE '60 of 1000 rows were refused, and the limit is 5%.' END,
                 r.at + interval '3 seconds'
            FROM run r, batch_job_execution t WHERE t.job_execution_id = :template\
          """,
          """
          INSERT INTO batch_job_execution_context (job_execution_id, short_context, serialized_context)
          SELECT r.execution_id, t.short_context, t.serialized_context
            FROM run r, batch_job_execution_context t WHERE t.job_execution_id = :template\
          """,
          """
          INSERT INTO batch_job_execution_params (job_execution_id, parameter_name, parameter_type, parameter_value,
                                                  identifying)
          SELECT r.execution_id, t.parameter_name, t.parameter_type,
                 CASE t.parameter_name WHEN 'factory' THEN r.factory WHEN 'sha256' THEN r.sha256
                                       WHEN 'manifest' THEN r.name ELSE t.parameter_value END,
                 t.identifying
            FROM run r, batch_job_execution_params t WHERE t.job_execution_id = :template\
          """,
          """
          CREATE TEMPORARY TABLE template_step ON COMMIT DROP AS
          SELECT *, row_number() OVER (ORDER BY step_execution_id) AS k, count(*) OVER () AS steps
            FROM batch_step_execution WHERE job_execution_id = :template\
          """,
          // What they see to is seen to here; and each row would look for its run's others without
          // statistics.
          "ALTER TABLE batch_step_execution DISABLE TRIGGER USER",
          "ALTER TABLE batch_step_execution_context DISABLE TRIGGER USER",
          """
          INSERT INTO batch_step_execution (step_execution_id, version, step_name, job_execution_id, create_time,
                                            start_time, end_time, status, commit_count, read_count, filter_count,
                                            write_count, read_skip_count, write_skip_count, process_skip_count,
                                            rollback_count, exit_code, exit_message, last_updated)
          SELECT :step + (r.run_number - 1) * t.steps + t.k, t.version, t.step_name, r.execution_id, r.at,
                 r.at + t.k * interval '100 milliseconds', r.at + (t.k + 1) * interval '100 milliseconds',
                 CASE WHEN r.well OR t.step_name <> 'settle' THEN 'COMPLETED' ELSE 'FAILED' END,
                 t.commit_count, t.read_count, t.filter_count, t.write_count, t.read_skip_count, t.write_skip_count,
                 t.process_skip_count, t.rollback_count,
                 CASE WHEN r.well OR t.step_name <> 'settle' THEN 'COMPLETED' ELSE 'FAILED' END,
                 CASE WHEN r.well OR t.step_name <> 'settle' THEN ''
                      ELSE repeat('at dev.muster.provisioning.SettleManifest.execute(SettleManifest.java:80) ', 30) END,
                 r.at + interval '3 seconds'
            FROM run r, template_step t
           WHERE r.well OR t.step_name NOT IN ('issue', 'deliver') AND t.step_name NOT LIKE 'issue:%'\
          """,
          """
          INSERT INTO batch_step_execution_context (step_execution_id, short_context, serialized_context)
          SELECT :step + (r.run_number - 1) * t.steps + t.k, c.short_context, c.serialized_context
            FROM run r, template_step t
            JOIN batch_step_execution_context c USING (step_execution_id)
           WHERE r.well OR t.step_name NOT IN ('issue', 'deliver') AND t.step_name NOT LIKE 'issue:%'\
          """,
          "ALTER TABLE batch_step_execution ENABLE TRIGGER USER",
          "ALTER TABLE batch_step_execution_context ENABLE TRIGGER USER",
          """
          INSERT INTO arrival (source, source_id, factory, file_name, location, arrived_at, state, attempts, due_at,
                               started_at, verdict, problem, told, outcome, ended_at)
          SELECT (ARRAY['folder', 'blob', 'kafka'])[n % 3 + 1], sha256, factory, name || '.csv', 'folder:' || name, at,
                 (CASE WHEN failed AND NOT again THEN 'FAILED' ELSE 'DONE' END)::arrival_state, 0, at, at,
                 (CASE WHEN failed AND NOT again THEN 'FAILED' ELSE 'DONE' END)::arrival_state,
                 CASE WHEN failed AND NOT again THEN '60 of 1000 rows were refused, and the limit is 5%.' END,
                 CASE WHEN failed AND NOT again THEN '60 of 1000 rows were refused, and the limit is 5%.' END,
                 json_build_object('manifest', name, 'factory', factory, 'sha256', sha256, 'execution', execution_id,
                                   'status', CASE WHEN failed AND NOT again THEN 'FAILED' ELSE 'COMPLETED' END,
                                   'rows', rows, 'accepted', rows, 'rejected', 0, 'rejectedByCode', '{}'::json,
                                   'seconds', 3),
                 at + interval '3 seconds'
            FROM filling\
          """,
          """
          INSERT INTO arrival (source, source_id, factory, file_name, location, due_at)
          SELECT 'folder', 'waiting-' || n, 'factory-01', 'waiting-' || n || '.csv', 'folder:waiting-' || n,
                 now() + interval '1 day'
            FROM generate_series(1, 50) n\
          """,
          """
          INSERT INTO unusable_message (source, source_id, problem, message, received_at)
          SELECT 'kafka', 'manifests-0@' || n, 'The message has no header muster-factory.', '{}',
                 now() - n * interval '1 hour'
            FROM generate_series(1, 200) n\
          """,
          // One device of twenty was changed: of those, 20 % are revoked, 10 % disabled, the others
          // back in service.
          """
          CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
          SELECT d.device_id, d.hub_id, d.line, d.manifest_id, f.at + interval '1 day' AS at,
                 CASE WHEN line % 200 < 40 THEN 'REVOKED' WHEN line % 200 < 60 THEN 'DISABLED' END::device_state AS state
            FROM device d JOIN filling f USING (manifest_id) WHERE d.line % 20 = 3\
          """,
          """
          INSERT INTO device_status (device_id, state, changed_at, list_id, line, hub_id, hub_due_at)
          SELECT device_id, state, at, :list, line, hub_id,
                 CASE WHEN state IS NOT NULL AND line % 40 = 3 THEN 'infinity'::timestamptz END
            FROM changed\
          """,
          """
          INSERT INTO device_change (device_id, action, was, becomes, reason, actor, list_id, line, changed_at)
          SELECT device_id, CASE state WHEN 'REVOKED' THEN 'revoke' ELSE 'disable' END, 'PROVISIONED',
                 coalesce(state, 'DISABLED'), 'recall 17', 'factory ' || manifest_id % 10, :list, line, at
            FROM changed ORDER BY at\
          """,
          """
          INSERT INTO revocation_list (list_id, factory, arrival_id, round, actor, sent_by, sha256, name, rows, received_at,
                                       columns, warnings, applied_at, outbox, receipt)
          OVERRIDING SYSTEM VALUE
          SELECT :list + n, CASE WHEN n % 3 > 0 THEN 'factory-0' || n % 9 + 1 END, NULL, 0, t.actor, t.sent_by,
                 encode(sha256(('list ' || n)::bytea), 'hex'), 'list-' || n, t.rows,
                 now() - (1001 - n) * interval '2 hours', t.columns, t.warnings,
                 now() - (1001 - n) * interval '2 hours', t.outbox, t.receipt
            FROM generate_series(1, 1000) n, revocation_list t WHERE t.list_id = :list\
          """,
          """
          INSERT INTO revocation_count (list_id, action, verdict, entries)
          SELECT :list + n, t.action, t.verdict, t.entries
            FROM generate_series(1, 1000) n, revocation_count t WHERE t.list_id = :list\
          """,
          """
          INSERT INTO revocation_reject (list_id, line, device_id, code, column_name, value, message)
          SELECT :list + n, k, t.device_id, t.code, t.column_name, t.value, t.message
            FROM generate_series(1, 1000) n, generate_series(2, 21) k,
                 (SELECT * FROM revocation_reject WHERE list_id = :list ORDER BY line LIMIT 1) t\
          """,
          """
          INSERT INTO audit_entry (at, actor, account, origin, factory, action, subject, outcome)
          SELECT now() - (100001 - n) * interval '1 minute',
                 (ARRAY['operator', 'officer', 'factory factory-01', 'technician', 'muster'])[n % 5 + 1],
                 'https://login.example account-' || n % 5,
                 (ARRAY['console 127.0.0.1', 'api 127.0.0.1', 'folder'])[n % 3 + 1],
                 CASE WHEN n % 5 = 2 THEN 'factory-01' END,
                 (ARRAY['manifest.send', 'device.revoke', 'execution.restart', 'token.issue', 'device.disable'])[n % 5 + 1],
                 'device=' || (SELECT device_id FROM changed OFFSET 0 LIMIT 1) || ' reason=recall ' || n % 400,
                 (ARRAY['DONE', 'DONE', 'DONE', 'DONE', 'DENIED'])[n % 5 + 1]
            FROM generate_series(1, 100000) n\
          """,
          """
          INSERT INTO token_report (device_id, presented_expiry, current_expiry, remote_address, first_at, at, times)
          SELECT device_id, at, at + interval '1 day', '192.0.2.7', at, at, 3
            FROM changed WHERE line % 2000 = 63\
          """,
          """
          INSERT INTO instance (instance_id, process_name, host, pid, started_at, heartbeat_at, buried_at)
          SELECT gen_random_uuid(), 'muster-' || n, 'host', n, now() - n * interval '1 day',
                 now() - n * interval '1 day', now() - n * interval '1 day'
            FROM generate_series(1, 200) n\
          """,
          """
          SELECT setval('batch_job_instance_seq', (SELECT max(job_instance_id) FROM batch_job_instance)),
                 setval('batch_job_execution_seq', (SELECT max(job_execution_id) FROM batch_job_execution)),
                 setval('batch_step_execution_seq', (SELECT max(step_execution_id) FROM batch_step_execution)),
                 setval(pg_get_serial_sequence('manifest', 'manifest_id'), (SELECT max(manifest_id) FROM manifest)),
                 setval(pg_get_serial_sequence('revocation_list', 'list_id'), (SELECT max(list_id) FROM revocation_list))\
          """);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Factories factories;
  private final ManifestRuns manifests;
  private final RevocationRuns revocations;
  private final MusterHome home;

  LargeRegistry(
      JdbcClient jdbc,
      TransactionOperations transaction,
      Factories factories,
      ManifestRuns manifests,
      RevocationRuns revocations,
      MusterHome home) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.factories = factories;
    this.manifests = manifests;
    this.revocations = revocations;
    this.home = home;
  }

  /**
   * Fills it, unless there are as many manifests already.
   *
   * @param devices about how many
   * @param count how many manifests, each with a run
   * @param progress told what is going on
   */
  void fill(long devices, int count, Consumer<String> progress) throws IOException {
    if (jdbc.sql("SELECT count(*) FROM manifest").query(Long.class).single() >= count) {
      return;
    }
    for (int i = 1; i <= FACTORIES; i++) {
      factories.add(
          new Factory(
              "factory-%02d".formatted(i), List.of(AgeIdentity.generate().recipient()), null));
    }
    Template template = template();
    progress.accept("Filling the registry with %,d devices".formatted(devices));
    Map<String, Object> parameters =
        Map.of(
            "manifest", template.manifest(),
            "template", template.run(),
            "execution", template.execution(),
            "instance", template.instance(),
            "step", template.step(),
            "list", template.list(),
            "devices", devices,
            "manifests", count,
            "large", LARGE,
            "factories", FACTORIES);
    transaction.executeWithoutResult(
        status -> {
          jdbc.sql("SET LOCAL maintenance_work_mem = '1GB'").update();
          jdbc.sql("SET LOCAL work_mem = '128MB'").update();
          jdbc.sql(FILLING).params(parameters).update();
          STATEMENTS.forEach(
              sql -> {
                if (sql.startsWith("SELECT")) {
                  jdbc.sql(sql).query((row, number) -> "").list();
                } else {
                  jdbc.sql(sql).params(parameters).update();
                }
              });
        });
    jdbc.sql("VACUUM ANALYZE").update();
    jdbc.sql("CHECKPOINT").update();
  }

  /**
   * What one manifest and one list leave, when they are really run.
   *
   * @param run the manifest's; the other numbers are the highest there are
   */
  private record Template(
      int manifest, long run, long execution, long instance, long step, int list) {}

  private Template template() throws IOException {
    Files.createDirectories(home.root());
    Path manifest = home.root().resolve("template.csv");
    GeneratedManifest.write(manifest, TEMPLATE_ROWS, 0);
    Files.writeString(
        manifest, Files.readString(manifest) + "not-a-guid,SN-0,TH-200,B,Building 1,1\n");
    RunOutcome run = manifests.provision(manifest, "factory-01", null, null);
    Path list = home.root().resolve("template-list.csv");
    Files.writeString(
        list,
        Files.readString(manifest)
                .lines()
                .skip(1)
                .limit(20)
                .map(line -> line.substring(0, 36) + ",revoke,recall 17\n")
                .reduce("device_id,action,reason\n", String::concat)
            + "not-a-guid,revoke,recall 17\n");
    revocations.apply(list, null, "benchmark", null);
    return new Template(
        one("SELECT max(manifest_id) FROM manifest").intValue(),
        run.execution(),
        one("SELECT max(job_execution_id) FROM batch_job_execution"),
        one("SELECT max(job_instance_id) FROM batch_job_instance"),
        one("SELECT max(step_execution_id) FROM batch_step_execution"),
        one("SELECT max(list_id) FROM revocation_list").intValue());
  }

  private Long one(String sql) {
    Optional<Long> value = jdbc.sql(sql).query(Long.class).optional();
    return value.orElseThrow(() -> new IllegalStateException("Nothing was left by the first run."));
  }
}
