package dev.muster.outcome;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.muster.arrival.Answer;
import dev.muster.arrival.Arrival;
import dev.muster.arrival.ArrivalEnded;
import dev.muster.arrival.ArrivalKind;
import dev.muster.run.RunOutcome;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an arrival ended; absent is what is not known.
 *
 * @param problem as its sender is told; see {@link #here}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record OutcomeEvent(
    String factory,
    String manifest,
    @Nullable String sha256,
    @Nullable Long execution,
    @Nullable Long rows,
    @Nullable Long accepted,
    @Nullable Long updated,
    @Nullable Long unchanged,
    @Nullable Long rejected,
    Map<String, Long> rejectedByCode,
    @Nullable String bundle,
    @Nullable String problem,
    long arrival,
    String arrivalSource,
    String arrivalSourceId) {

  private static String type(ArrivalEnded ended) {
    String what =
        ended.arrival().kind() == ArrivalKind.MANIFEST
            ? "dev.muster.manifest."
            : "dev.muster.revocations.";
    return switch (ended.answer().verdict()) {
      case DONE ->
          what + (ended.arrival().kind() == ArrivalKind.MANIFEST ? "provisioned" : "applied");
      case REFUSED -> what + "refused";
      case FAILED -> what + failed(ended.outcome());
    };
  }

  private static String failed(@Nullable RunOutcome outcome) {
    if (outcome == null || outcome.ending() != RunOutcome.Ending.UNDECIDED) {
      return "failed";
    }
    return outcome.status().equals(RunOutcome.HELD) ? "held" : "too-many-rejects";
  }

  /** As its sender is told, and everybody who may be. */
  static CloudEvent<OutcomeEvent> of(ArrivalEnded ended) {
    Arrival arrival = ended.arrival();
    Answer answer = ended.answer();
    RunOutcome outcome = ended.outcome();
    URI bundle = answer.verdict() == Answer.Verdict.DONE ? answer.toldAt() : null;
    return CloudEvent.of(
        type(ended),
        arrival.factory() + "/" + arrival.fileName(),
        ended.endedAt(),
        new OutcomeEvent(
            arrival.factory(),
            arrival.fileName(),
            outcome == null ? null : outcome.sha256(),
            answer.execution(),
            outcome == null ? null : outcome.rows(),
            outcome == null ? null : outcome.accepted(),
            outcome == null ? null : outcome.updated(),
            outcome == null ? null : outcome.unchanged(),
            outcome == null ? null : outcome.rejected(),
            outcome == null ? Map.of() : outcome.rejectedByCode(),
            bundle == null ? null : bundle.toString(),
            answer.problem(),
            arrival.id(),
            arrival.source(),
            arrival.sourceId()));
  }

  /** As those are told who see the whole service. */
  OutcomeEvent here(@Nullable String why) {
    return new OutcomeEvent(
        factory,
        manifest,
        sha256,
        execution,
        rows,
        accepted,
        updated,
        unchanged,
        rejected,
        rejectedByCode,
        bundle,
        why,
        arrival,
        arrivalSource,
        arrivalSourceId);
  }
}
