package dev.muster.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.arrival.WaitingLists.Ended;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NightlyEndedTest {

  @Test
  void aThousandListsAreNamedThoseFirstThatWereNotApplied() {
    List<Ended> lists =
        new ArrayList<>(
            Collections.nCopies(1_500, new Ended(1, "fabrikam", "a.csv", "DONE", "", "")));
    lists.add(new Ended(2, "fabrikam", "b.csv", "FAILED", "/srv is full.", "Wait."));

    NightlyEnded.Told told =
        new NightlyEnded(
                new NightlyReport(1, Instant.EPOCH, Instant.EPOCH, lists, 0, 0, 0, List.of(), true))
            .told();

    assertThat(told.lists()).hasSize(1_000);
    assertThat(told.lists().get(0).state()).isEqualTo("FAILED");
    assertThat(told.listsInAll()).isEqualTo(1_501);
    assertThat(told.complete()).isFalse();
    assertThat(told.lists().get(0).problem()).isEqualTo("/srv is full.");
    assertThat(told.asToSenders().lists().get(0).problem()).isEqualTo("Wait.");
    assertThat(told.asToSenders().listsInAll()).isEqualTo(1_501);
  }
}
