package dev.muster.api;

import dev.muster.exchange.TokenReports;
import dev.muster.exchange.TokenReports.Filter;
import dev.muster.exchange.TokenReports.Place;
import dev.muster.exchange.TokenReports.Report;
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
@Tag(
    name = "Token reports",
    description =
        "Devices that presented an old token after a newer one had been issued: an answer was lost,"
            + " or somebody else holds a token of the device.")
class TokenReportsApi {

  private final TokenReports reports;

  TokenReportsApi(TokenReports reports) {
    this.reports = reports;
  }

  record ReportQuery(
      @Parameter(description = "A GUID.") @Nullable String device,
      @Nullable String factory,
      @Parameter(description = "Presented last then or later.") @Nullable Instant from,
      @Parameter(description = "Before then.") @Nullable Instant until) {

    Filter filter() {
      return new Filter(
          device == null ? null : Ids.device(device), factory, new Period(from, until));
    }
  }

  @GetMapping("/api/token-reports")
  @Operation(summary = "Devices that presented an old token, whichever did so last first")
  @Problems(400)
  ResponseEntity<Listed<Report>> list(
      @ParameterObject ReportQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(reports.page(query.filter(), place(cursor), limit + 1), limit, Report::place);
  }

  private static @Nullable Place place(@Nullable String cursor) {
    String text = Cursor.place(cursor);
    try {
      return text == null ? null : Place.of(text);
    } catch (IllegalArgumentException e) {
      throw Cursor.unknown();
    }
  }

  @GetMapping("/api/token-reports/export.{format:csv|jsonl}")
  @Operation(summary = "All token reports that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject ReportQuery query, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("token-reports", reports.all(query.filter()), format, response);
  }
}
