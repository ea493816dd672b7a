package dev.muster.api;

import dev.muster.schedule.NightlyRuns;
import dev.muster.schedule.NightlyRuns.Standing;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Nightly run",
    description = "Applies the revocation lists and entries that wait for it, and tells the hubs.")
class NightlyApi {

  private static final String USUAL = "10";
  private static final int MOST = 50;

  private final NightlyRuns runs;

  NightlyApi(NightlyRuns runs) {
    this.runs = runs;
  }

  @GetMapping("/api/nightly")
  @Operation(
      summary = "Whether it is under way, when the clock does it next, and what the last came to")
  @Problems(400)
  Standing standing(
      @Parameter(description = "How many runs at most, newest first.")
          @RequestParam(defaultValue = USUAL)
          @Min(1)
          @Max(MOST)
          int limit) {
    return runs.standing(limit);
  }

  @PostMapping("/api/nightly")
  @Operation(
      summary = "Begins the nightly run now",
      description =
          "It may take long and goes on after the answer; the first of `runs` says how far it is.")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says where it is seen")
  @Problems(409)
  ResponseEntity<Standing> begin() {
    boolean unused = runs.begin();
    return Accepted.at("/api/nightly", runs.standing(1));
  }
}
