package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class ReceiptTest {

  private static final String JSON =
      """
      {
        "manifest" : "thermostats.csv",
        "sha256" : "0f1e",
        "factory" : "fabrikam",
        "rows" : 6,
        "accepted" : 2,
        "leftOut" : 0,
        "unchanged" : 1,
        "updated" : 0,
        "rejected" : 3,
        "rejectedByCode" : {
          "DUPLICATE" : 1,
          "MALFORMED_ID" : 2
        },
        "blankRows" : 1,
        "attributes" : [ "colour" ],
        "warnings" : [ "1 blank line was passed over, the first on line 7." ],
        "parts" : [ {
          "name" : "tokens.csv.age",
          "sha256" : "abcd",
          "bytes" : 700,
          "devices" : 2
        } ],
        "hubs" : [ {
          "name" : "north",
          "namespace" : "contoso.servicebus.windows.net",
          "eventHub" : "devices",
          "keyName" : "device-send",
          "devices" : 2
        } ],
        "tokensExpireAt" : "2027-01-02T03:04:05Z",
        "startedAt" : "2026-11-20T10:00:00.123456Z",
        "completedAt" : "2026-11-20T10:00:07Z",
        "execution" : 12
      }\
      """;

  @Test
  void aReceiptIsJsonInAFixedOrder() {
    assertThat(receipt().json().replace("\r\n", "\n")).isEqualTo(JSON);
  }

  @Test
  void aReceiptIsReadAgain() {
    assertThat(Receipt.parse(receipt().json())).isEqualTo(receipt());
  }

  @Test
  void aReceiptOfALaterVersionWithMoreInItIsRead() {
    assertThat(Receipt.parse(JSON.replaceFirst("\\{", "{ \"more\" : [ 1 ],"))).isEqualTo(receipt());
  }

  @Test
  void whatIsNoReceiptIsRefused() {
    assertThatThrownBy(() -> Receipt.parse("{ \"manifest\" : "))
        .isInstanceOf(JacksonException.class);
  }

  private static Receipt receipt() {
    Map<String, Long> unsorted = new LinkedHashMap<>();
    unsorted.put("MALFORMED_ID", 2L);
    unsorted.put("DUPLICATE", 1L);
    return new Receipt(
        "thermostats.csv",
        "0f1e",
        "fabrikam",
        6,
        2,
        0,
        1,
        0,
        3,
        unsorted,
        1,
        List.of("colour"),
        List.of("1 blank line was passed over, the first on line 7."),
        List.of(new Receipt.Part("tokens.csv.age", "abcd", 700, 2)),
        List.of(
            new Receipt.HubShare(
                "north", "contoso.servicebus.windows.net", "devices", "device-send", 2)),
        Instant.parse("2027-01-02T03:04:05Z"),
        Instant.parse("2026-11-20T10:00:00.123456Z"),
        Instant.parse("2026-11-20T10:00:07Z"),
        12);
  }
}
