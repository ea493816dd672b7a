package dev.muster.api;

import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import dev.muster.registry.ServiceRecord;
import dev.muster.registry.ServiceRecords;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;

@Api
@Tag(
    name = "Service records",
    description = "What was done to devices where they are: when, by whom, with a note.")
class ServiceRecordsApi {

  private final ServiceRecords records;

  ServiceRecordsApi(ServiceRecords records) {
    this.records = records;
  }

  record Done(
      @Schema(description = "In a few words.", example = "battery changed")
          @NotBlank
          @Size(max = ServiceRecords.LONGEST_WHAT)
          String what,
      @Size(max = ServiceRecords.LONGEST_NOTE) @Nullable String note,
      @Schema(description = "Absent: now.") @Nullable Instant doneAt) {}

  record RecordQuery(
      @Parameter(description = "A GUID.") @Nullable String device,
      @Parameter(description = "Only what the caller wrote.") @Nullable Boolean mine,
      @Parameter(description = "Only installations, or only what is none.")
          @Nullable Boolean installed,
      @Parameter(description = "Done then or later.") @Nullable Instant from,
      @Parameter(description = "Before then.") @Nullable Instant until) {

    ServiceRecords.Filter filter() {
      return new ServiceRecords.Filter(
          device == null ? null : Ids.device(device),
          Boolean.TRUE.equals(mine),
          installed,
          new Period(from, until));
    }
  }

  @PostMapping("/api/devices/{id}/service")
  @ResponseStatus(HttpStatus.CREATED)
  @Operation(summary = "Writes down what was done to a device")
  @ApiResponse(responseCode = "201", description = "It is kept")
  @Problems({400, 404, 409})
  ServiceRecord add(@PathVariable String id, @Valid @RequestBody Done done) {
    return records.add(Ids.device(id), done.what(), done.note(), done.doneAt());
  }

  @GetMapping("/api/service-records")
  @Operation(summary = "Service records, those that were written last first")
  @Problems(400)
  ResponseEntity<Listed<ServiceRecord>> list(
      @ParameterObject RecordQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        records.page(query.filter(), Cursor.number(cursor), limit + 1),
        limit,
        ServiceRecord::number);
  }

  @GetMapping("/api/service-records/export.{format:csv|jsonl}")
  @Operation(summary = "All service records that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject RecordQuery query, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("service-records", records.all(query.filter()), format, response);
  }
}
