package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import dev.muster.manifest.RejectLimit;
import dev.muster.run.BackgroundRuns;
import dev.muster.run.BackgroundRuns.Begun;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.Executions;
import dev.muster.run.RunControl;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Executions", description = "Runs of jobs: look, restart, stop, abandon, withdraw.")
class ExecutionsApi {

  private final Executions executions;
  private final RunControl runs;
  private final BackgroundRuns background;

  ExecutionsApi(Executions executions, RunControl runs, BackgroundRuns background) {
    this.executions = executions;
    this.runs = runs;
    this.background = background;
  }

  record Restart(
      @Schema(description = "Another limit of refused rows than before.", example = "2.5%")
          @Pattern(
              regexp = "\\d{1,12}|\\d{1,3}(\\.\\d{1,6})?%",
              message = "must be a number of rows or a percentage")
          @Nullable String maxRejects) {}

  /**
   * What a stop did.
   *
   * @param stopping it is asked to stop behind its next chunk; otherwise its process was gone, and
   *     it is marked as failed now
   */
  record Stopped(boolean stopping) {}

  record ExecutionQuery(
      @Nullable String job,
      Executions.@Nullable Status status,
      @Nullable String factory,
      @Parameter(description = "Part of the manifest's name, or the execution's number.")
          @Nullable String text,
      @Parameter(description = "Begun then or later.") @Nullable Instant from,
      @Parameter(description = "Begun before then.") @Nullable Instant until) {

    Executions.Filter filter() {
      return new Executions.Filter(job, status, factory, text, new Period(from, until));
    }
  }

  @GetMapping("/api/executions")
  @Operation(summary = "Executions, newest first")
  @Problems(400)
  ResponseEntity<Listed<ExecutionSummary>> list(
      @ParameterObject ExecutionQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        executions.page(query.filter(), Cursor.number(cursor), limit + 1),
        limit,
        ExecutionSummary::execution);
  }

  @GetMapping("/api/executions/export.{format:csv|jsonl}")
  @Operation(summary = "All executions that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject ExecutionQuery query,
      @PathVariable String format,
      HttpServletResponse response)
      throws IOException {
    ExportDownload.send("executions", executions.all(query.filter()), format, response);
  }

  @GetMapping("/api/executions/{id}")
  @Operation(summary = "An execution, how far its run is, and who did something about it")
  @Problems(404)
  ExecutionDetail get(@PathVariable long id) {
    return executions.detail(id).orElseThrow(() -> new NotThereException("execution", id));
  }

  @PostMapping("/api/executions/{id}/restart")
  @Operation(summary = "Continues a run where it stopped")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says which execution")
  @Problems({404, 409})
  ResponseEntity<Begun> restart(
      @PathVariable long id, @Valid @RequestBody(required = false) @Nullable Restart how) {
    String limit = how == null ? null : how.maxRejects();
    RejectLimit maxRejects;
    try {
      maxRejects = limit == null ? null : RejectLimit.valueOf(limit);
    } catch (IllegalArgumentException e) {
      throw ProblemException.invalid(String.valueOf(e.getMessage()));
    }
    Begun begun = of(id, () -> background.restart(id, maxRejects));
    return Accepted.at("/api/executions/" + begun.execution(), begun);
  }

  @PostMapping("/api/executions/{id}/stop")
  @Operation(summary = "Asks a run to stop behind its next chunk; it can be restarted")
  @ApiResponse(responseCode = "202")
  @Problems({404, 409})
  ResponseEntity<Stopped> stop(@PathVariable long id) {
    boolean stopping = of(id, () -> runs.stop(id));
    return Accepted.at("/api/executions/" + id, new Stopped(stopping));
  }

  @PostMapping("/api/executions/{id}/abandon")
  @Operation(summary = "Gives a run up; what it loaded stays until it is withdrawn")
  @Problems({404, 409})
  ExecutionDetail abandon(@PathVariable long id) throws IOException {
    String unused = of(id, () -> runs.abandon(id));
    return get(id);
  }

  @PostMapping("/api/executions/{id}/withdraw")
  @Operation(summary = "Takes back what a run loaded, as if its manifest had never been sent")
  @ApiResponse(responseCode = "202", description = "Small ones are done when the answer comes")
  @Problems({404, 409})
  ResponseEntity<Begun> withdraw(@PathVariable long id) {
    Begun begun = of(id, () -> background.withdraw(id));
    return Accepted.at("/api/executions/" + id, begun);
  }

  private interface Deed<T> {
    T done() throws IOException;
  }

  /** What is refused because there is no such execution is not found. */
  private <T> T of(long id, Deed<T> deed) {
    try {
      return deed.done();
    } catch (RefusedException e) {
      if (executions.find(id).isEmpty()) {
        throw new NotThereException("execution", id);
      }
      throw e;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
