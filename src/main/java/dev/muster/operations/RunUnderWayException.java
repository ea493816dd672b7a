package dev.muster.operations;

/** The same manifest is being provisioned at this moment, here or elsewhere; ask again later. */
public final class RunUnderWayException extends OperationRefusedException {

  private static final long serialVersionUID = 1;

  RunUnderWayException(String message) {
    super(message);
  }
}
