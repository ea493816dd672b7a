package dev.muster.eventhubs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.arrival.NoticedPlace.Notice;
import tools.jackson.databind.json.JsonMapper;

/** Any message is notices of blobs, or unusable in a sentence. */
public final class NoticeFuzz {

  private static final JsonMapper JSON = new JsonMapper();

  private NoticeFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      for (Notice notice : BlobNotice.of(data, JSON)) {
        assertThat(notice.location().toString()).isNotBlank();
      }
    } catch (UnusableNoticeException e) {
      assertThat(e.sentence()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
    }
  }
}
