package dev.muster.arrival;

/**
 * An arrival can never be provisioned. The message is for its sender: what was wrong, and what to
 * do.
 */
public class ArrivalRefusedException extends Exception {

  public ArrivalRefusedException(String sentence) {
    super(sentence);
  }

  /**
   * Refuses a file for its length, before it is copied.
   *
   * @throws ArrivalRefusedException when it has more bytes than these
   */
  public static void ifLonger(Arrival arrival, long bytes, long mostBytes)
      throws ArrivalRefusedException {
    if (bytes > mostBytes) {
      throw new ArrivalRefusedException(
          "%s has %,d bytes, and more than %,d are not read. Split it into several."
              .formatted(arrival.fileName(), bytes, mostBytes));
    }
  }
}
