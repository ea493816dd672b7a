package dev.muster.api;

import dev.muster.renewal.BackgroundRenewals;
import dev.muster.renewal.BackgroundRenewals.Begun;
import dev.muster.renewal.ReassignRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.status.FormerHubs.Left;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Moves",
    description =
        "Devices that go from hub to hub: new tokens first, then the assignment, and the former hub"
            + " is closed when their factory has confirmed.")
class MovesApi {

  private static final String GOES_ON =
      "Devices are given tokens for their new hubs, a run for each factory, one after the other."
          + " That may take minutes and goes on after the answer, which names the first run. What"
          + " was begun before and broken off goes on first.";

  private final ReassignRuns runs;
  private final BackgroundRenewals background;

  MovesApi(ReassignRuns runs, BackgroundRenewals background) {
    this.runs = runs;
    this.background = background;
  }

  record Move(
      @Schema(description = "One factory's devices only; absent: all.") @Nullable String factory,
      @Schema(description = Durations.TOKEN_LIFETIME, example = "P365D")
          @Nullable String tokenLifetime) {}

  record Confirmation(
      @Schema(description = "One factory; absent: all.") @Nullable String factory) {}

  record Closed(
      @Schema(description = "How many devices are shut out at the hub that they have left.")
          int closed,
      List<Left> left) {}

  @GetMapping("/api/moves")
  @Operation(summary = "Where devices that have moved are not shut out yet, by hub and factory")
  List<Left> left() {
    return runs.left();
  }

  @PostMapping("/api/moves/confirm")
  @Operation(
      summary = "Takes a factory's word that its devices have their tokens for their new hubs",
      description =
          "Of all moves that are delivered: they are shut out at the hubs they have left.")
  Closed confirm(@RequestBody(required = false) @Nullable Confirmation confirmation) {
    int closed = runs.confirm(confirmation == null ? null : confirmation.factory());
    return new Closed(closed, runs.left());
  }

  @GetMapping("/api/hubs/{name}/drain")
  @Operation(
      summary = "How many devices would leave a hub, factory by factory, and where they would go",
      description = "Counted as it is now; nothing changes.")
  @Problems({404, 409})
  List<RenewalOutcome> drained(
      @PathVariable String name,
      @Parameter(description = "One factory's devices only.") @RequestParam(required = false)
          @Nullable String factory) {
    return background.previewMove(name, factory);
  }

  @PostMapping("/api/hubs/{name}/drain")
  @Operation(summary = "Begins to move a hub's devices to others", description = GOES_ON)
  @ApiResponse(responseCode = "200", description = "No device is to move; it says why")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says where it is seen")
  @Problems({400, 404, 409})
  ResponseEntity<Begun> drain(
      @PathVariable String name, @RequestBody(required = false) @Nullable Move move) {
    return begin(name, move);
  }

  @GetMapping("/api/moves/rebalance")
  @Operation(
      summary = "How many devices belong to another hub, factory by factory, and to which",
      description = "By the weights and the rules, as it is now; nothing changes.")
  @Problems(409)
  List<RenewalOutcome> rebalanced(
      @Parameter(description = "One factory's devices only.") @RequestParam(required = false)
          @Nullable String factory) {
    return background.previewMove(null, factory);
  }

  @PostMapping("/api/moves/rebalance")
  @Operation(
      summary = "Begins to move devices to where the weights and the rules want them",
      description = GOES_ON)
  @ApiResponse(responseCode = "200", description = "No device is to move; it says why")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says where it is seen")
  @Problems({400, 409})
  ResponseEntity<Begun> rebalance(@RequestBody(required = false) @Nullable Move move) {
    return begin(null, move);
  }

  private ResponseEntity<Begun> begin(@Nullable String drained, @Nullable Move move) {
    Move asked = move == null ? new Move(null, null) : move;
    return Accepted.unlessDone(
        background.move(drained, asked.factory(), Durations.of(asked.tokenLifetime())));
  }
}
