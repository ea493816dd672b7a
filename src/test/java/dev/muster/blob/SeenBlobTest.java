package dev.muster.blob;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeenBlobTest {

  @Test
  void whatIsNotAsciiInASendersMetadataDoesNotStopTheAnswer() {
    assertThat(SeenBlob.asHeader("F\u00fcrth, hall 1\t50 %"))
        .isEqualTo("F%C3%BCrth, hall 1%0950 %");
  }
}
