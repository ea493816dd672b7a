package dev.muster.upload;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.muster.arrival.ArrivalKind;
import dev.muster.manifest.ManifestHeader.Understood;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.revocation.ListEffect;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An upload that waits to be confirmed or discarded. Nothing of it is loaded.
 *
 * @param factory null: its devices were chosen among all factories'
 * @param account who uploaded it
 * @param sha256 of the file; null until the list of the chosen devices is written
 * @param chosen which devices Muster writes the list of; null: it was sent
 * @param expiresAt when it is discarded by itself
 * @param findings null while it is still being looked at
 */
public record CheckedUpload(
    UUID id,
    ArrivalKind kind,
    @Nullable String factory,
    String fileName,
    String account,
    @Nullable String sha256,
    long bytes,
    boolean signed,
    @Nullable Updates updates,
    @Nullable Chosen chosen,
    Instant uploadedAt,
    Instant expiresAt,
    long rowsSeen,
    @Nullable Findings findings) {

  @JsonIgnore
  public boolean checked() {
    return findings != null;
  }

  /** Whether there is any use in confirming it. */
  @JsonIgnore
  public boolean confirmable() {
    return findings != null && findings.refusal() == null;
  }

  /**
   * What would become of it.
   *
   * @param refusal why it would be refused as a whole, as a sentence; null when it would not
   * @param rows of data; 0 when it would be refused as a whole
   * @param accepted rows that would be loaded or applied
   * @param unchanged of a manifest: rows that are in the registry already, with the same values
   * @param updated of a manifest: rows that would change a device that is in the registry already
   * @param chosen how many devices were chosen, by how they stand; null: the list was sent
   * @param effect of a revocation list: what it would do in the registry
   * @param renewals of a renewal or a move: what it would be for each factory; null: it is none
   * @param held why a second person must say so too, as a sentence; null: nobody must
   * @param rejects the first refused rows of each code, in the order of their lines
   * @param rejectLimit how many refused rows would be too many
   * @param tooManyRejects whether there are
   * @param blankRows lines that are no rows
   * @param columns of a manifest, as they were understood
   * @param attributes columns that Muster does not know, and keeps as attributes
   * @param warnings sentences on what would be taken, and looks like a mistake
   * @param provisionedAs the number of the manifest that brought the same content before; null:
   *     none
   */
  public record Findings(
      @Nullable String refusal,
      long rows,
      long accepted,
      long unchanged,
      long updated,
      long rejected,
      Map<String, Long> rejectedByCode,
      Chosen.@Nullable Count chosen,
      @Nullable ListEffect effect,
      @Nullable List<RenewalOutcome> renewals,
      @Nullable String held,
      List<Rejected> rejects,
      @Nullable String rejectLimit,
      boolean tooManyRejects,
      long blankRows,
      List<Understood> columns,
      List<String> attributes,
      List<String> warnings,
      @Nullable Integer provisionedAs) {

    static Findings refused(String sentence) {
      return new Findings(
          sentence, 0, 0, 0, 0, 0, Map.of(), null, null, null, null, List.of(), null, false, 0,
          List.of(), List.of(), List.of(), null);
    }
  }
}
