package dev.muster.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.NewArrival;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import tools.jackson.databind.json.JsonMapper;

/**
 * Any message is a manifest, or announcements that can be followed, or unusable in a sentence; and
 * the same whether it is packed or not.
 */
public final class AnnouncementFuzz {

  private static final JsonMapper JSON = new JsonMapper();

  private static final List<Map<String, String>> MODES =
      List.of(
          Map.of(),
          Map.of("content-type", "application/cloudevents+json"),
          Map.of("ce_specversion", "1.0", "ce_type", "dev.muster.manifest.announced"));

  private AnnouncementFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    for (Map<String, String> mode : MODES) {
      String plain = read(data, mode);
      boolean packed = data.length > 1 && data[0] == 0x1F && data[1] == (byte) 0x8B;
      if (!packed && data.length > 0) {
        assertThat(read(gzip(data), mode)).isEqualTo(plain);
      }
    }
  }

  private static String read(byte[] value, Map<String, String> headers) {
    ConsumerRecord<String, byte[]> message =
        new ConsumerRecord<>("manifests", 0, 7, "fabrikam", value);
    headers.forEach((name, text) -> message.headers().add(name, text.getBytes(UTF_8)));
    try {
      List<CloudEvent> events = CloudEvent.in(message, JSON);
      List<ManifestMessage> manifests = ManifestMessage.of(message, events, ArrivalKind.MANIFEST);
      assertThat(manifests).hasSize(Math.max(1, events.size()));
      assertThat(manifests.stream().map(one -> one.arrival().sourceId())).doesNotHaveDuplicates();
      manifests.forEach(one -> check(one, events.isEmpty()));
      return manifests.toString();
    } catch (UnusableMessageException e) {
      assertThat(e.sentence()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
      return e.sentence();
    }
  }

  private static void check(ManifestMessage manifest, boolean whole) {
    NewArrival arrival = manifest.arrival();
    assertThat(manifest.whole()).isEqualTo(whole);
    assertThat(arrival.factory()).isEqualTo("fabrikam");
    assertThat(arrival.fileName()).hasSizeBetween(1, 255).doesNotContainPattern("[\\x00-\\x1F]");
    if (!whole) {
      URI location = arrival.location();
      assertThat(location.getScheme()).isIn("http", "https");
      assertThat(location.getHost()).isNotBlank();
      assertThat(location.getQuery()).isNull();
      assertThat(arrival.said().sha256()).matches("[0-9a-f]{64}");
    }
  }

  private static byte[] gzip(byte[] data) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(data);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return packed.toByteArray();
  }
}
