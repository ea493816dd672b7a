package dev.muster.registry;

import dev.muster.database.CopyRows;
import dev.muster.manifest.RejectCode;
import dev.muster.manifest.Rejected;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The rows that were refused. */
@Component
public class Rejects {

  private final JdbcTemplate jdbc;

  Rejects(DataSource dataSource) {
    this.jdbc = new JdbcTemplate(dataSource);
    // With a fetch size and inside a transaction the driver reads through a cursor, not all into
    // memory.
    this.jdbc.setFetchSize(10_000);
  }

  /** Hands over a manifest's rejects in the order of their lines. */
  @Transactional(readOnly = true)
  public void forEach(int manifestId, Consumer<Rejected> consumer) {
    jdbc.query(
        """
        SELECT line, device_id, code, column_name, value, message
          FROM reject WHERE manifest_id = ? ORDER BY line\
        """,
        row -> {
          consumer.accept(rejected(row));
        },
        manifestId);
  }

  /** The first of a manifest's rejects, in the order of their lines. */
  public List<Rejected> first(int manifestId, int most) {
    return jdbc.query(
        """
        SELECT line, device_id, code, column_name, value, message
          FROM reject WHERE manifest_id = ? ORDER BY line LIMIT ?\
        """,
        (row, number) -> rejected(row),
        manifestId,
        most);
  }

  /** A row of line, device id, code, column, value and message. */
  public static Rejected rejected(ResultSet row) throws SQLException {
    return new Rejected(
        row.getLong(1),
        row.getString(2),
        RejectCode.valueOf(row.getString(3)),
        row.getString(4),
        row.getString(5),
        row.getString(6));
  }

  /** The same six fields for COPY. PostgreSQL's text can't hold U+0000, so it is made visible. */
  public static void encode(Rejected reject, CopyRows rows) {
    rows.int4(Math.toIntExact(reject.line()));
    rows.text(visible(reject.deviceId()));
    rows.text(reject.code().name());
    rows.text(reject.column());
    rows.text(visible(reject.value()));
    rows.text(reject.message());
  }

  private static String visible(String text) {
    return text.replace('\0', '\u2400');
  }
}
