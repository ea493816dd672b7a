package dev.muster.denylist;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What of the list there is. It travels with its signature in one file, because two files can't be
 * replaced at one instant: a reader would find the new index with the old signature.
 *
 * @param format the number of the format; readers refuse one they don't know
 * @param publishedAt when this was signed
 */
record ListIndex(int format, long version, Instant publishedAt, String keyId, List<Entry> files) {

  static final String FILE = "index.json";
  static final int FORMAT = 1;

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  ListIndex {
    files = List.copyOf(files);
  }

  enum Kind {
    SNAPSHOT,
    DELTA
  }

  /**
   * A file of the list.
   *
   * @param from of a delta: the version it goes on from
   * @param to the version that one has with it
   */
  record Entry(
      String name,
      Kind kind,
      @Nullable Long from,
      long to,
      long lines,
      long bytes,
      String sha256,
      Instant writtenAt) {

    boolean snapshot() {
      return kind == Kind.SNAPSHOT;
    }
  }

  /**
   * The file that travels.
   *
   * @param payload the index in Base64; what is signed is its bytes before that
   * @param signature Ed25519, 64 bytes in Base64
   */
  record Envelope(String keyId, String payload, String signature) {

    /** Everything but whether the signature holds. */
    ListIndex index() {
      return JSON.readValue(bytes(payload), ListIndex.class);
    }

    boolean signedBy(ListKey key) {
      return keyId.equals(key.id()) && key.verifies(bytes(payload), bytes(signature));
    }

    /**
     * Reads one.
     *
     * @throws JacksonException when it is no such file
     */
    static Envelope parse(byte[] file) {
      return JSON.readValue(file, Envelope.class);
    }

    private static byte[] bytes(String base64) {
      return Base64.getDecoder().decode(base64);
    }
  }

  byte[] signed(ListSigner signer) {
    byte[] payload = JSON.writeValueAsBytes(this);
    Base64.Encoder base64 = Base64.getEncoder();
    return JSON.writeValueAsBytes(
        new Envelope(
            signer.publicKey().id(),
            base64.encodeToString(payload),
            base64.encodeToString(signer.sign(payload))));
  }

  Optional<Entry> lastSnapshot() {
    return files.stream().filter(Entry::snapshot).reduce((one, next) -> next);
  }
}
