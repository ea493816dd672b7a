package dev.muster.run;

/** Somebody is at the same work at this moment, here or elsewhere; ask again later. */
public sealed class RunUnderWayException extends OperationRefusedException
    permits RunTakenOverException {

  public RunUnderWayException(String message) {
    super(message);
  }
}
