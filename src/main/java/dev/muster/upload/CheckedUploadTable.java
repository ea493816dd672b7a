package dev.muster.upload;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Sender;
import dev.muster.manifest.Updates;
import dev.muster.store.Content;
import dev.muster.upload.CheckedUpload.Findings;
import dev.muster.upload.UploadFiles.Stored;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** The uploads that wait, in the database: every instance can go on with any of them. */
@Component
class CheckedUploadTable {

  private final JdbcClient jdbc;
  private final JsonMapper json;

  CheckedUploadTable(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /**
   * Adds devices that were chosen; there is no file yet.
   *
   * @param look at them that is about to begin
   */
  void add(
      UUID id,
      UUID look,
      Chosen chosen,
      @Nullable String factory,
      String fileName,
      Sender sender,
      Instant now,
      Instant expires) {
    insert(ArrivalKind.REVOCATIONS, id, look, factory, fileName, sender, now, expires)
        .param("sha256", null)
        .param("bytes", 0)
        .param("signature", null)
        .param("updates", null)
        .param("chosen", json.writeValueAsString(chosen))
        .update();
  }

  void add(
      ArrivalKind kind,
      UUID look,
      Upload upload,
      Stored stored,
      Sender sender,
      Instant now,
      Instant expires) {
    insert(kind, stored.id(), look, upload.factory(), upload.fileName(), sender, now, expires)
        .param("sha256", stored.content().sha256AsSent())
        .param("bytes", stored.content().bytesAsSent())
        .param("signature", upload.signature())
        .param("updates", upload.updates() == null ? null : upload.updates().name())
        .param("chosen", null)
        .update();
  }

  /** Still without what a file and a choice have each. */
  private JdbcClient.StatementSpec insert(
      ArrivalKind kind,
      UUID id,
      UUID look,
      @Nullable String factory,
      String fileName,
      Sender sender,
      Instant now,
      Instant expires) {
    return jdbc.sql(
            """
            INSERT INTO checked_upload (upload_id, kind, factory, file_name, account, account_id, sha256, bytes, signature,
                                        updates, chosen, uploaded_at, expires_at, seen_at, look)
            VALUES (:id, :kind::arrival_kind, :factory, :fileName, :account, :accountId, :sha256, :bytes, :signature,
                    :updates, :chosen::json, :now, :expires, :now, :look)\
            """)
        .param("id", id)
        .param("look", look)
        .param("kind", kind.name())
        .param("factory", factory)
        .param("fileName", fileName)
        .param("account", sender.name())
        .param("accountId", sender.account())
        .param("now", Timestamp.from(now))
        .param("expires", Timestamp.from(expires));
  }

  /** Writes down what the list of the chosen devices is. Returns whether the look counts. */
  boolean written(UUID id, UUID look, Content list) {
    return jdbc.sql(
                """
                UPDATE checked_upload SET sha256 = ?, bytes = ?
                 WHERE upload_id = ? AND look = ? AND findings IS NULL\
                """)
            .params(list.sha256AsSent(), list.bytesAsSent(), id, look)
            .update()
        == 1;
  }

  /** As {@link CheckedUpload}, with what only this module needs. */
  record Row(CheckedUpload upload, @Nullable String signature, Sender sender) {}

  Optional<Row> find(UUID id) {
    return jdbc.sql("SELECT * FROM checked_upload WHERE upload_id = ?")
        .param(id)
        .query(this::row)
        .optional();
  }

  /**
   * The newest ones of those that somebody may see.
   *
   * @param kind null: any
   */
  List<CheckedUpload> waiting(@Nullable ArrivalKind kind, Visible visible, int limit) {
    return jdbc.sql(
            """
            SELECT * FROM checked_upload
             WHERE (:kind::text IS NULL OR kind = :kind::arrival_kind)
               AND CASE WHEN factory IS NULL THEN chosen ->> 'action' = ANY (:deeds)
                        WHEN kind = 'MANIFEST' THEN :manifests AND coalesce(factory = :manifestsOf::text, true)
                        ELSE :lists AND coalesce(factory = :listsOf::text, true) END
             ORDER BY uploaded_at DESC LIMIT :limit\
            """)
        .param("kind", kind == null ? null : kind.name())
        .param("deeds", visible.deeds().toArray(String[]::new))
        .param("manifests", visible.manifests())
        .param("manifestsOf", visible.manifestsOf())
        .param("lists", visible.lists())
        .param("listsOf", visible.listsOf())
        .param("limit", limit)
        .query((row, number) -> row(row, number).upload())
        .list();
  }

  /**
   * What somebody may see.
   *
   * @param deeds of choices among all factories' devices
   * @param manifestsOf whose manifests alone; null: everybody's
   * @param listsOf whose lists alone; null: everybody's
   */
  record Visible(
      List<String> deeds,
      boolean manifests,
      @Nullable String manifestsOf,
      boolean lists,
      @Nullable String listsOf) {}

  int waiting(@Nullable String factory, Instant now) {
    return jdbc.sql(
            """
            SELECT count(*) FROM checked_upload
             WHERE factory IS NOT DISTINCT FROM :factory::text AND expires_at > :now\
            """)
        .param("factory", factory)
        .param("now", Timestamp.from(now))
        .query(Integer.class)
        .single();
  }

  /** Locks it, so that it is confirmed or discarded by one only. */
  Optional<Row> take(UUID id) {
    return jdbc.sql("SELECT * FROM checked_upload WHERE upload_id = ? FOR UPDATE")
        .param(id)
        .query(this::row)
        .optional();
  }

  /** Says which run of the same content confirming it is, if that was not said before. */
  long round(UUID id, long unlessSaid) {
    return jdbc.sql(
            "UPDATE checked_upload SET round = coalesce(round, ?) WHERE upload_id = ? RETURNING"
                + " round")
        .params(unlessSaid, id)
        .query(Long.class)
        .single();
  }

  /** Says that a second person was asked for; whether nobody had said so before. */
  boolean asked(UUID id, Instant now) {
    return jdbc.sql(
                "UPDATE checked_upload SET asked_at = ? WHERE upload_id = ? AND asked_at IS NULL")
            .params(Timestamp.from(now), id)
            .update()
        == 1;
  }

  boolean remove(UUID id) {
    return jdbc.sql("DELETE FROM checked_upload WHERE upload_id = ?").param(id).update() == 1;
  }

  List<UUID> removeExpired(Instant now) {
    return jdbc.sql("DELETE FROM checked_upload WHERE expires_at < ? RETURNING upload_id")
        .param(Timestamp.from(now))
        .query(UUID.class)
        .list();
  }

  /**
   * Says how far a look is.
   *
   * @return whether it counts: nobody has discarded the upload, taken it over, or found out
   */
  boolean alive(UUID id, UUID look, long rowsSeen, Instant now) {
    return jdbc.sql(
                """
                UPDATE checked_upload SET rows_seen = ?, seen_at = ?
                 WHERE upload_id = ? AND look = ? AND findings IS NULL\
                """)
            .params(rowsSeen, Timestamp.from(now), id, look)
            .update()
        == 1;
  }

  /** Takes over a look whose instance has not been heard of; once among all instances. */
  boolean takeOver(UUID id, UUID look, Instant silentSince, Instant now) {
    return jdbc.sql(
                """
                UPDATE checked_upload SET rows_seen = 0, seen_at = ?, look = ?
                 WHERE upload_id = ? AND findings IS NULL AND seen_at < ?\
                """)
            .params(Timestamp.from(now), look, id, Timestamp.from(silentSince))
            .update()
        == 1;
  }

  /** Writes down what a look found, if it counts. */
  void checked(UUID id, UUID look, Findings findings, Instant now) {
    jdbc.sql(
            """
            UPDATE checked_upload SET findings = ?::json, checked_at = ?
             WHERE upload_id = ? AND look = ? AND findings IS NULL\
            """)
        .params(json.writeValueAsString(findings), Timestamp.from(now), id, look)
        .update();
  }

  /** Whether a file is of an upload that waits, or of an arrival that may still be run. */
  boolean needsFile(String name) {
    return jdbc.sql(
            """
            SELECT EXISTS (SELECT FROM checked_upload WHERE upload_id::text = :name)
                OR EXISTS (SELECT FROM arrival
                            WHERE source = :source AND source_id = :name
                              AND state IN ('WAITING', 'ANSWERING', 'FAILED'))\
            """)
        .param("name", name)
        .param("source", Uploads.SOURCE.name())
        .query(Boolean.class)
        .single();
  }

  private Row row(ResultSet row, int number) throws SQLException {
    String findings = row.getString("findings");
    String signature = row.getString("signature");
    String updates = row.getString("updates");
    String chosen = row.getString("chosen");
    return new Row(
        new CheckedUpload(
            row.getObject("upload_id", UUID.class),
            ArrivalKind.valueOf(row.getString("kind")),
            row.getString("factory"),
            row.getString("file_name"),
            row.getString("account"),
            row.getString("sha256"),
            row.getLong("bytes"),
            signature != null,
            updates == null ? null : Updates.valueOf(updates),
            chosen == null ? null : json.readValue(chosen, Chosen.class),
            row.getTimestamp("uploaded_at").toInstant(),
            row.getTimestamp("expires_at").toInstant(),
            row.getLong("rows_seen"),
            findings == null ? null : json.readValue(findings, Findings.class)),
        signature,
        new Sender(row.getString("account"), row.getString("account_id")));
  }
}
