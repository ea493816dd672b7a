package dev.muster.api;

import dev.muster.access.AuditLog.Outcome;
import dev.muster.audit.AuditTrail;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Audit", description = "Who did what, when and from where.")
class AuditApi {

  private final AuditTrail audit;

  AuditApi(AuditTrail audit) {
    this.audit = audit;
  }

  /** An entry. */
  record Shown(
      long number,
      Instant at,
      String actor,
      @Schema(description = "Who that is for good: issuer and subject at the identity provider.")
          String account,
      String origin,
      @Nullable String factory,
      String action,
      String subject,
      Outcome outcome,
      @Nullable String problem) {

    static Shown of(AuditTrail.Numbered numbered) {
      var entry = numbered.entry();
      return new Shown(
          numbered.number(),
          entry.at(),
          entry.actor(),
          entry.account(),
          entry.origin(),
          entry.factory(),
          entry.action(),
          entry.subject(),
          entry.outcome(),
          entry.problem());
    }
  }

  @GetMapping("/api/audit")
  @Operation(summary = "The audit, newest first")
  @ApiResponse(responseCode = "200")
  @ApiResponse(responseCode = "400", ref = "Problem")
  ResponseEntity<Listed<Shown>> list(
      @Parameter(description = "Part of a name, or an account.") @RequestParam(required = false)
          @Nullable String actor,
      @Parameter(description = "How it begins.") @RequestParam(required = false)
          @Nullable String action,
      @Parameter(description = "Part of it, such as a device's id.") @RequestParam(required = false)
          @Nullable String subject,
      @RequestParam(required = false) @Nullable Outcome outcome,
      @RequestParam(required = false) @Nullable Instant from,
      @RequestParam(required = false) @Nullable Instant until,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    List<Shown> found =
        audit
            .page(
                new AuditTrail.Filter(actor, action, subject, outcome, from, until),
                Cursor.number(cursor),
                limit + 1)
            .stream()
            .map(Shown::of)
            .toList();
    return Listed.of(found, limit, Shown::number);
  }
}
