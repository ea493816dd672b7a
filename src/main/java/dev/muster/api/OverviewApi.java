package dev.muster.api;

import dev.muster.watching.OverviewNow;
import dev.muster.watching.WholeOverview;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.GetMapping;

@Api
@Tag(name = "Overview", description = "How things stand.")
class OverviewApi {

  private final WholeOverview overview;

  OverviewApi(WholeOverview overview) {
    this.overview = overview;
  }

  @GetMapping("/api/overview")
  @Operation(summary = "What is running, what failed, what waits, and what comes next")
  OverviewNow now() {
    return overview.now();
  }
}
