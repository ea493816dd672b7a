package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Arrivals.Unusable;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import dev.muster.watching.LongPolls;
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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Arrivals", description = "The inbox: what arrived, and what became of it.")
class ArrivalsApi {

  private static final int LATEST_UNUSABLE = 200;
  private static final int LATEST_UNTAKEN = 1000;

  /** What it is while something is still to come about without anybody. */
  private static final Set<String> UNDER_WAY = Set.of("WAITING", "RUNNING", "ANSWERING");

  private final Arrivals arrivals;
  private final LongPolls longPolls;

  ArrivalsApi(Arrivals arrivals, LongPolls longPolls) {
    this.arrivals = arrivals;
    this.longPolls = longPolls;
  }

  record Dismissal(@NotBlank @Size(max = 500) String reason) {}

  record ArrivalQuery(
      Arrivals.@Nullable State state,
      @Nullable String factory,
      @Nullable String source,
      @Parameter(description = "Part of the file's name, or the arrival's number.")
          @Nullable String text,
      @Parameter(description = "Arrived then or later.") @Nullable Instant from,
      @Parameter(description = "Arrived before then.") @Nullable Instant until) {

    Arrivals.Filter filter() {
      return new Arrivals.Filter(state, factory, source, text, new Period(from, until));
    }
  }

  @GetMapping("/api/arrivals")
  @Operation(summary = "Arrivals, newest first")
  @Problems(400)
  ResponseEntity<Listed<Shown>> list(
      @ParameterObject ArrivalQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        arrivals.page(query.filter(), Cursor.number(cursor), limit + 1), limit, Shown::arrival);
  }

  @GetMapping("/api/arrivals/export.{format:csv|jsonl}")
  @Operation(summary = "All arrivals that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject ArrivalQuery query,
      @PathVariable String format,
      HttpServletResponse response)
      throws IOException {
    ExportDownload.send("arrivals", arrivals.all(query.filter()), format, response);
  }

  @GetMapping("/api/arrivals/{id}")
  @Operation(
      summary = "An arrival",
      description =
          "With `wait`, the answer comes when the arrival is no longer waiting or under way, after"
              + " that time at the latest; it may come earlier, so look at its state.")
  @Problems({400, 404})
  Shown get(
      @PathVariable long id,
      @Parameter(
              description = "How long to wait for its end, at most `60s`.",
              schema = @Schema(type = "string", example = "60s"))
          @RequestParam(defaultValue = "0s")
          @DurationFormat(
              style = DurationFormat.Style.SIMPLE,
              defaultUnit = DurationFormat.Unit.SECONDS)
          @DurationMin
          @DurationMax(seconds = 60)
          Duration wait) {
    return longPolls.until(wait, () -> shown(id), shown -> !UNDER_WAY.contains(shown.state()));
  }

  private Shown shown(long id) {
    return arrivals.find(id).orElseThrow(() -> new NotThereException("arrival", id));
  }

  @PostMapping("/api/arrivals/{id}/retry")
  @Operation(summary = "Tries one again at once")
  @Problems({404, 409})
  Shown retry(@PathVariable long id) {
    if (!arrivals.retry(id)) {
      throw new ProblemException(
          Problem.REFUSED,
          "Arrival %d is %s; there is nothing to retry.".formatted(id, shown(id).state()));
    }
    return shown(id);
  }

  @PostMapping("/api/arrivals/{id}/dismiss")
  @Operation(summary = "Gives one up that failed, or that waits; its sender is told")
  @Problems({404, 409})
  Shown dismiss(@PathVariable long id, @Valid @RequestBody Dismissal dismissal) {
    if (!arrivals.dismiss(id, dismissal.reason())) {
      throw new ProblemException(
          Problem.REFUSED,
          "Arrival %d is %s; only one that failed, or waits with a problem, can be given up."
              .formatted(id, shown(id).state()));
    }
    return shown(id);
  }

  @GetMapping("/api/unusable-messages")
  @Operation(summary = "The latest messages that could never become an arrival, newest first")
  List<Unusable> unusable() {
    return arrivals.unusable(LATEST_UNUSABLE);
  }

  @GetMapping("/api/untaken-files")
  @Operation(
      summary = "What lies where files are put down and no source takes, the latest first",
      description =
          "An archive, a workbook, a folder, a file in no factory's folder, one that stays empty."
              + " It is no longer listed when it is gone, or was taken. At most 1,000.")
  List<UntakenFile> untaken() {
    return arrivals.untaken(LATEST_UNTAKEN);
  }
}
