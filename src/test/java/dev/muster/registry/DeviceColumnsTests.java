package dev.muster.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.manifest.Column;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** What is known of manifests' columns, and the table that they go to, say the same. */
@MusterTest
class DeviceColumnsTests {

  @Autowired private JdbcTemplate jdbc;

  @Test
  void theTableHasTheColumnsThatAreLoadedAndNoOthers() {
    assertThat(columns("device").keySet())
        .containsExactlyInAnyOrder(DeviceChunk.COLUMNS.split(", "));
  }

  @Test
  void eachKnownColumnIsInTheTableAndTheViewAndOfItsType() {
    Map<String, String> table = columns("device");
    Map<String, String> view = columns("registry");
    Arrays.stream(Column.values())
        .forEach(
            column -> {
              String type = column.type() == Column.Type.GUID ? "uuid" : "text";
              assertThat(table).containsEntry(column.header(), type);
              assertThat(view).containsEntry(column.header(), type);
            });
  }

  private Map<String, String> columns(String table) {
    Map<String, String> columns = new TreeMap<>();
    jdbc.query(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema ="
            + " 'public' AND table_name = ?",
        row -> {
          columns.put(row.getString(1), row.getString(2));
        },
        table);
    return columns;
  }
}
