package dev.muster.run;

/** What a run brought was withdrawn, so there is nothing to go on with. */
public final class RunWithdrawnException extends OperationRefusedException {

  RunWithdrawnException(long execution, String noun) {
    super(
        "What execution %d loaded was withdrawn. Nothing is left of it; the %s can be sent again."
            .formatted(execution, noun));
  }
}
