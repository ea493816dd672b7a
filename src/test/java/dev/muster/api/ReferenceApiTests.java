package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.LogFile;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Role;
import dev.muster.api.ApiClient.Answer;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.PresentedToken;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** The API of Azure's reference implementation, as its clients use it. */
@ConsoleTest
class ReferenceApiTests {

  @Autowired private Console console;
  @Autowired private Hubs hubs;
  @Autowired private ReferenceApi api;
  @Autowired private JdbcTemplate jdbc;

  private final UUID device = UUID.randomUUID();
  private final String place = "/api/registry/" + device;
  private ApiClient technician;
  private ApiClient officer;
  private ApiClient operator;

  @BeforeEach
  void clients() {
    technician = new ApiClient(console, "technician");
    officer = new ApiClient(console, "security-officer");
    operator = new ApiClient(console, "operator");
  }

  @Test
  void aDeviceIsRegisteredPlacedProvisionedAndRevoked() throws IOException {
    technician.get(place).isProblem(404, "not-found");
    technician.post("/api/devices/" + device + "/provision", null).isProblem(404, "not-found");
    officer.post("/api/devices/" + device + "/revoke", null).isProblem(404, "not-found");

    Answer registered = technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(201);

    assertThat(registered.header("Location")).isEqualTo(console.address() + place);
    assertThat(registered.body())
        .isEqualTo(
            "{\"DeviceId\":\"%s\",\"Status\":\"registered\",\"Metadata\":{\"Building\":7,\"Room\":12}}"
                .formatted(device));

    Answer moved = technician.put(place, "{\"building\": \"Annex B\", \"room\": \"012\"}").is(200);
    // For a client to whom Building and Room are numbers, as the reference has them.
    assertThat(moved.json().get("Metadata").toString())
        .isEqualTo("{\"BuildingName\":\"Annex B\",\"RoomName\":\"012\"}");
    Answer half = technician.put(place, "{\"Building\": 7, \"Room\": null}").is(200);
    assertThat(half.json().get("Metadata").toString()).isEqualTo("{\"Building\":7}");
    technician
        .put(place, "{\"Building\": 7, \"BuildingName\": \"Annex\", \"Room\": 1}")
        .isProblem(400, "invalid-request");
    Answer again = technician.put(place, moved.json().get("Metadata").toString()).is(200);
    assertThat(again.body()).isEqualTo(moved.body());

    Answer provisioned = technician.post("/api/devices/" + device + "/provision", null).is(200);
    assertThat(provisioned.header("Cache-Control")).contains("no-store");
    assertThat(provisioned.json().propertyNames())
        .containsExactlyInAnyOrder("Uri", "EventHubName", "AccessToken");
    String text = provisioned.json().get("AccessToken").asString();
    PresentedToken token = PresentedToken.read(text).orElseThrow();
    assertThat(token.device()).isEqualTo(device);
    Hub hub = token.signatures(hubs.all()).get(0).hub();
    assertThat(provisioned.json().get("Uri").asString()).isEqualTo("sb://" + hub.namespace() + "/");
    assertThat(provisioned.json().get("EventHubName").asString()).isEqualTo(hub.eventHub());
    assertThat(status(technician)).isEqualTo("provisioned");
    assertThat(Files.readString(LogFile.current()))
        .doesNotContain(text.replaceFirst(".*&sig=([^&]*).*", "$1"));

    technician.post("/api/devices/" + device + "/revoke", null).isProblem(403, "not-permitted");
    Answer revoked = officer.post("/api/devices/" + device + "/revoke", null).is(200);
    assertThat(revoked.json().get("Status").asString()).isEqualTo("revoked");
    officer.post("/api/devices/" + device + "/revoke", "{\"reason\":\"stolen\"}").is(200);
  }

  @Test
  void whatIsDoneToADeviceIsKeptWithIt() throws Exception {
    String service = "/api/devices/" + device + "/service";
    technician.post(service, "{\"what\": \"cleaned\"}").isProblem(404, "not-found");
    technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(201);
    technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(200);

    Answer kept =
        technician
            .post(
                service,
                "{\"what\": \"battery changed\", \"note\": \"3.6 V\", \"doneAt\":"
                    + " \"2026-01-02T03:04:05Z\"}")
            .is(201);
    operator.post(service, "{\"what\": \"=cleaned\"}").is(201);
    for (String wrong :
        List.of(
            "{}",
            "{\"what\": \" \"}",
            "{\"what\": \"%s\"}".formatted("x".repeat(101)),
            "{\"what\": \"x\", \"doneAt\": \"yesterday\"}")) {
      technician.post(service, wrong).isProblem(400, "invalid-request");
    }
    technician
        .post(service, "{\"what\": \"x\", \"doneAt\": \"2999-01-02T03:04:05Z\"}")
        .isProblem(409, "refused");
    officer.post(service, "{\"what\": \"x\"}").isProblem(403, "not-permitted");

    assertThat(kept.json().get("actor").asString()).isEqualTo("technician@dev");
    String list = "/api/service-records?device=" + device;
    assertThat(officer.get(list).is(200).json().at("/items").findValuesAsString("what"))
        .containsExactly("=cleaned", "battery changed", "installed");
    assertThat(technician.get(list + "&mine=true&installed=false").is(200).json().at("/items"))
        .containsExactly(kept.json());
    assertThat(technician.get(list + "&until=2026-01-03T00:00:00Z").is(200).json().at("/items"))
        .containsExactly(kept.json());
    Answer second = technician.get(list + "&limit=1").is(200);
    assertThat(
            technician
                .get(list + "&limit=1&cursor=" + second.json().get("next").asString())
                .is(200)
                .json()
                .at("/items"))
        .containsExactly(kept.json());
    assertThat(
            technician
                .get("/api/service-records/export.csv?device=" + device)
                .is(200)
                .body()
                .lines())
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains("'=cleaned"));
    assertThat(
            technician
                .get("/api/devices/" + device + "/history")
                .is(200)
                .json()
                .findValuesAsString("what"))
        .containsExactly("Serviced: =cleaned", "Registered by hand", "Serviced: battery changed");
    assertThat(new ApiClient(console, "factory").get(list).is(200).json().at("/items")).isEmpty();
  }

  @Test
  void aScrappedDeviceIsRetiredForGood() {
    technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(201);
    String retire = "/api/devices/" + device + "/retire";
    operator.post(retire, null).isProblem(403, "not-permitted");
    Answer retired = officer.post(retire, "{\"reason\":\"scrapped\"}").is(200);
    assertThat(retired.json().get("Status").asString()).isEqualTo("retired");
    officer.post(retire, null).is(200);

    officer.post("/api/devices/" + device + "/restore", null).isProblem(409, "refused");
    technician.post("/api/devices/" + device + "/provision", null).isProblem(409, "refused");
    technician.put(place, "{\"Building\": 8, \"Room\": 12}").isProblem(409, "refused");
    assertThat(officer.get("/api/devices?state=RETIRED&id=" + device).json().at("/items"))
        .hasSize(1);
  }

  @Test
  void whoMayNotRevokeDoesNotReviveARevokedDevice() {
    technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(201);
    officer.post("/api/devices/" + device + "/revoke", "{\"reason\":\"stolen\"}").is(200);

    technician.post("/api/devices/" + device + "/provision", null).isProblem(403, "device-revoked");
    officer.post("/api/devices/" + device + "/provision", null).isProblem(403, "not-permitted");

    assertThat(status(technician)).isEqualTo("revoked");

    // An account with both roles may do both.
    Caller both =
        Caller.account(
            "both", "both", "test", List.of(Role.TECHNICIAN, Role.SECURITY_OFFICER), null);
    assertThatThrownBy(
            () -> Callers.run(both.at(List.of("8")), () -> api.provision(device.toString())))
        .as("no token for who does not work there")
        .isInstanceOf(NotPermittedException.class);
    assertThat(status(technician)).as("and it stays revoked").isEqualTo("revoked");
    Callers.run(both, () -> assertThat(api.provision(device.toString()).getBody()).isNotNull());
    assertThat(status(technician)).isEqualTo("provisioned");
  }

  @Test
  void aDisabledDeviceGetsNoTokenUntilItIsEnabled() {
    technician.put(place, "{\"Building\": 7, \"Room\": 12}").is(201);
    assertThat(
            operator
                .post("/api/devices/" + device + "/disable", null)
                .is(200)
                .json()
                .get("Status")
                .asString())
        .isEqualTo("disabled");

    technician.post("/api/devices/" + device + "/provision", null).isProblem(409, "refused");

    operator.post("/api/devices/" + device + "/enable", null).is(200);
    technician.post("/api/devices/" + device + "/provision", null).is(200);
    operator.post("/api/devices/" + device + "/enable", null).isProblem(409, "refused");
  }

  @Test
  void whatIsNoPlaceIsRefusedAndChangesNothing() {
    for (String body :
        List.of(
            "",
            "{",
            "[]",
            "{}",
            "{\"Building\": 7}",
            "{\"Building\": -7, \"Room\": 12}",
            "{\"Building\": 7.5, \"Room\": 12}",
            "{\"Building\": {\"a\": 1}, \"Room\": 12}")) {
      technician.put(place, body).isProblem(400, "invalid-request");
    }
    technician
        .put("/api/registry/not-a-guid", "{\"Building\": 7, \"Room\": 12}")
        .isProblem(400, "invalid-request");
    technician
        .put(place, "{\"Building\": \"%s\", \"Room\": 12}".formatted("x".repeat(65)))
        .isProblem(409, "refused");

    technician.get(place).isProblem(404, "not-found");
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM device_change WHERE device_id = ?", Long.class, device))
        .isZero();
  }

  private String status(ApiClient client) {
    return client.get(place).is(200).json().get("Status").asString();
  }
}
