package dev.muster.bundle;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Receipts as files and rows hold them: JSON, indented; times as ISO 8601 in UTC. */
public final class ReceiptJson {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ReceiptJson() {}

  /** A receipt as JSON. */
  public static String write(Record receipt) {
    return JSON.writeValueAsString(receipt);
  }

  /** Reads what {@link #write} made. */
  public static <T extends Record> T read(String json, Class<T> receipt) {
    return JSON.readValue(json, receipt);
  }
}
