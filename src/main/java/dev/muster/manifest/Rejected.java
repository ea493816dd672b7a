package dev.muster.manifest;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A row that was refused.
 *
 * @param deviceId as the row has it, shortened
 * @param column the name of the column at fault; empty when it is the whole row
 * @param value the value at fault, shortened
 * @param message a sentence for the factory
 */
public record Rejected(
    long line, String deviceId, RejectCode code, String column, String value, String message)
    implements Verdict, RevocationVerdict {

  /** Some of them as sentences with their lines, one after the other. */
  public static String sentences(List<Rejected> some) {
    return some.stream()
        .map(reject -> "Line %d: %s".formatted(reject.line(), reject.message()))
        .collect(Collectors.joining(" "));
  }
}
