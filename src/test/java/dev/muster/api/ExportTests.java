package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.opencsv.CSVReaderHeaderAware;
import dev.muster.api.ApiClient.Answer;
import dev.muster.bundle.AgeIdentity;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.StringReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What lists hold, taken away whole. */
@ConsoleTest
class ExportTests {

  private static final AtomicLong NUMBERS = new AtomicLong(System.nanoTime());
  private static final JsonMapper JSON = new JsonMapper();

  @Autowired private Console console;

  private final String factory = "export-" + NUMBERS.incrementAndGet();
  private ApiClient operator;
  private ApiClient auditor;

  @BeforeEach
  void clients() {
    operator = new ApiClient(console, "operator");
    auditor = new ApiClient(console, "auditor");
  }

  /** More than a part of a list holds, and with what a spreadsheet would take for a formula. */
  @Test
  void everyDeviceIsThereOnceAndNoCellBecomesAFormula() throws Exception {
    UUID gateway = UUID.randomUUID();
    Set<String> sent = provision(gateway, 2100);

    List<Map<String, String>> table = csv("devices", "?factory=" + factory);
    List<JsonNode> lines = jsonLines("devices", "?factory=" + factory);
    List<Map<String, String>> behind = csv("devices", "?gateway=" + gateway);

    assertThat(table).hasSize(2101).extracting(row -> row.get("id")).hasSameElementsAs(sent);
    assertThat(lines)
        .hasSize(2101)
        .extracting(line -> line.get("id").asString())
        .hasSameElementsAs(sent);
    assertThat(table).extracting(row -> row.get("state")).containsOnly("PROVISIONED");
    assertThat(table.get(0).keySet())
        .containsExactlyInAnyOrderElementsOf(lines.get(0).propertyNames());
    assertThat(behind).hasSize(2100).extracting(row -> row.get("model")).containsOnly("'@SUM(A1)");
    assertThat(jsonLines("devices", "?model=%40SUM(A1)&factory=" + factory))
        .hasSize(2100)
        .first()
        .extracting(line -> line.get("model").asString())
        .isEqualTo("@SUM(A1)");
    assertThat(csv("devices", "?model=none&factory=" + factory)).isEmpty();
  }

  @Test
  void everyListCanBeTakenAwayByWhoMayReadIt() throws Exception {
    Set<String> unused = provision(UUID.randomUUID(), 1);

    for (String list : List.of("manifests", "arrivals", "executions")) {
      assertThat(csv(list, "?factory=" + factory))
          .as(list)
          .singleElement()
          .satisfies(row -> assertThat(row.get("factory")).isEqualTo(factory));
      assertThat(jsonLines(list, "?factory=" + factory)).as(list).hasSize(1);
    }
    assertThat(csv("audit", "?action=factory.add&subject=factory=" + factory))
        .singleElement()
        .satisfies(row -> assertThat(row.get("actor")).isEqualTo("operator@dev"));
    Answer lists = auditor.get("/api/revocation-lists/export.csv").is(200);
    assertThat(lists.body()).startsWith("\uFEFFid,name,factory,actor,rows,changed,rejected,");
    assertThat(lists.header("Content-Disposition"))
        .matches("attachment; filename=\"revocation-lists-\\d{8}T\\d{6}Z\\.csv\"");
    assertThat(lists.header("Cache-Control")).isEqualTo("no-store");

    auditor.get("/api/devices/export.xlsx").isStatus(400, 404);
    auditor.get("/api/devices/export.csv?gateway=x").isProblem(400, "invalid-request");
    auditor.get("/api/audit/export.csv?outcome=MAYBE").isProblem(400, "invalid-request");
    new ApiClient(console, "technician")
        .get("/api/audit/export.csv")
        .isProblem(403, "not-permitted");
    ApiClient other = new ApiClient(console, "factory");
    for (String list : List.of("devices", "manifests", "arrivals", "executions")) {
      assertThat(other.get("/api/" + list + "/export.jsonl?factory=" + factory).is(200).body())
          .as("another factory's %s", list)
          .isEmpty();
    }
  }

  private Set<String> provision(UUID gateway, int behind) {
    operator
        .post(
            "/api/factories",
            "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                .formatted(factory, AgeIdentity.generate().recipient().publicKey()))
        .is(201);
    Set<String> ids = new HashSet<>();
    StringBuilder content = new StringBuilder("device_id,gateway_id,model\n");
    content.append(gateway).append(",,GW-1\n");
    ids.add(gateway.toString());
    for (int i = 0; i < behind; i++) {
      UUID id = UUID.randomUUID();
      ids.add(id.toString());
      content.append(id).append(',').append(gateway).append(",@SUM(A1)\n");
    }
    Answer taken =
        operator.stream(
                "/api/manifests/" + factory + "/boards.csv",
                BodyPublishers.ofString(content.toString()))
            .is(202);
    JsonNode arrival = operator.get(taken.header("Location") + "?wait=60s").is(200).json();
    assertThat(arrival.get("state").asString()).isEqualTo("DONE");
    return ids;
  }

  private List<Map<String, String>> csv(String list, String query) throws Exception {
    String body = auditor.get("/api/" + list + "/export.csv" + query).is(200).body();
    assertThat(body).startsWith("\uFEFF");
    List<Map<String, String>> rows = new ArrayList<>();
    try (var reader = new CSVReaderHeaderAware(new StringReader(body.substring(1)))) {
      for (var row = reader.readMap(); row != null; row = reader.readMap()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private List<JsonNode> jsonLines(String list, String query) {
    String body = auditor.get("/api/" + list + "/export.jsonl" + query).is(200).body();
    return body.lines().map(JSON::readTree).toList();
  }
}
