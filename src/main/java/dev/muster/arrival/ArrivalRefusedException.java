package dev.muster.arrival;

/**
 * An arrival can never be provisioned. The message is for its sender: what was wrong, and what to
 * do.
 */
public class ArrivalRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  public ArrivalRefusedException(String sentence) {
    super(sentence);
  }
}
