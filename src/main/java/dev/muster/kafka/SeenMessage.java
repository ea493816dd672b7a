package dev.muster.kafka;

import dev.muster.access.RefusedException;
import dev.muster.seen.SaidSigns;
import dev.muster.seen.SaidSigns.Said;
import dev.muster.seen.SaidSigns.Taken;
import dev.muster.seen.SeenBy;
import dev.muster.seen.SeenCsv;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whoever has devices' messages says when they were seen, by a message: as the API takes it. */
final class SeenMessage {

  private static final Logger LOG = LoggerFactory.getLogger(SeenMessage.class);

  private final SaidSigns signs;
  private final JsonMapper json;

  SeenMessage(SaidSigns signs, JsonMapper json) {
    this.signs = signs;
    this.json = json;
  }

  /**
   * Takes it down. Rows in which something is wrong are counted in the log.
   *
   * @param id what the message is called in the log
   * @throws UnusableMessageException when it can never work
   */
  void take(String id, byte @Nullable [] value) {
    String text = value == null ? "" : new String(value, StandardCharsets.UTF_8).strip();
    Taken taken = signs.take(text.startsWith("{") ? ofJson(text) : ofCsv(text), SeenBy.KAFKA);
    if (taken.refused() > 0) {
      LOG.warn(
          "seen=refused message={} rows={} refused={} first={}",
          id,
          taken.rows(),
          taken.refused(),
          taken.problems().get(0).problem());
    }
  }

  private Iterator<Said> ofJson(String text) {
    JsonNode devices;
    try {
      devices = json.readTree(text).path("devices");
    } catch (JacksonException e) {
      throw new UnusableMessageException("It begins as JSON does, and is none.");
    }
    if (!devices.isArray()) {
      throw new UnusableMessageException(
          "It has no list devices, of objects with id and seenAt, as the API takes them.");
    }
    List<Said> said = new ArrayList<>();
    for (JsonNode device : devices) {
      said.add(new Said(text(device.path("id")), text(device.path("seenAt"))));
    }
    return said.iterator();
  }

  private static @Nullable String text(JsonNode node) {
    return node.isString() ? node.asString() : null;
  }

  private static Iterator<Said> ofCsv(String text) {
    try {
      return SeenCsv.rows(new StringReader(text));
    } catch (RefusedException e) {
      throw new UnusableMessageException(e.sentence());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
