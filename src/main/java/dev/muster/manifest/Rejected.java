package dev.muster.manifest;

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
    implements Verdict, RevocationVerdict {}
