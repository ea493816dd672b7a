package dev.muster.api;

import dev.muster.access.AuditLog.Outcome;
import dev.muster.audit.AuditTrail;
import dev.muster.audit.AuditTrail.Line;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Audit", description = "Who did what, when and from where.")
class AuditApi {

  private final AuditTrail audit;

  AuditApi(AuditTrail audit) {
    this.audit = audit;
  }

  record AuditQuery(
      @Parameter(description = "Part of a name, or an account.") @Nullable String actor,
      @Parameter(description = "How it begins.") @Nullable String action,
      @Parameter(description = "Part of it, such as a device's id.") @Nullable String subject,
      @Nullable Outcome outcome,
      @Nullable Instant from,
      @Parameter(description = "Before then.") @Nullable Instant until) {

    AuditTrail.Filter filter() {
      return new AuditTrail.Filter(actor, action, subject, outcome, new Period(from, until));
    }
  }

  @GetMapping("/api/audit")
  @Operation(summary = "The audit, newest first")
  @Problems(400)
  ResponseEntity<Listed<Line>> list(
      @ParameterObject AuditQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        audit.page(query.filter(), Cursor.number(cursor), limit + 1), limit, Line::number);
  }

  @GetMapping("/api/audit/export.{format:csv|jsonl}")
  @Operation(summary = "All entries of the audit that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject AuditQuery query, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("audit", audit.all(query.filter()), format, response);
  }
}
