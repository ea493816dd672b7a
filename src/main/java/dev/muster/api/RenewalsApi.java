package dev.muster.api;

import dev.muster.renewal.BackgroundRenewals;
import dev.muster.renewal.BackgroundRenewals.Begun;
import dev.muster.renewal.RenewalOutcome;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Renewals", description = "New tokens for devices whose token ends soon.")
class RenewalsApi {

  private final BackgroundRenewals background;

  RenewalsApi(BackgroundRenewals background) {
    this.background = background;
  }

  record DueRenewal(
      @Schema(description = "One factory's devices only; absent: all.") @Nullable String factory,
      @Schema(
              description = "Tokens that end within this time, ISO 8601; absent: as configured.",
              example = "P30D")
          @Nullable String within,
      @Schema(description = Durations.TOKEN_LIFETIME, example = "P365D")
          @Nullable String tokenLifetime) {}

  @GetMapping("/api/renewals/due")
  @Operation(
      summary = "How many devices would get a new token, factory by factory, as theirs ends soon",
      description = "Counted as it is now; nothing changes.")
  @Problems({400, 409})
  List<RenewalOutcome> due(
      @Parameter(description = "One factory's devices only.") @RequestParam(required = false)
          @Nullable String factory,
      @Parameter(
              description = "Tokens that end within this time, ISO 8601; absent: as configured.",
              example = "P30D")
          @RequestParam(required = false)
          @Nullable String within,
      @Parameter(
              description =
                  "How long the new tokens would live, ISO 8601: how soon is soon depends on it"
                      + " where `within` is absent.",
              example = "P365D")
          @RequestParam(required = false)
          @Nullable String tokenLifetime) {
    return background.previewDue(factory, Durations.of(within), Durations.of(tokenLifetime));
  }

  @PostMapping("/api/renewals/due")
  @Operation(
      summary = "Begins to renew the tokens that end soon",
      description =
          "A run for each factory, one after the other. That may take minutes and goes on after the"
              + " answer, which names the first run. What was begun before and broken off goes on"
              + " first.")
  @ApiResponse(responseCode = "200", description = "No token is to be renewed; it says why")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says where it is seen")
  @Problems({400, 409})
  ResponseEntity<Begun> renew(@RequestBody(required = false) @Nullable DueRenewal renewal) {
    DueRenewal due = renewal == null ? new DueRenewal(null, null, null) : renewal;
    return Accepted.unlessDone(
        background.renewDue(
            due.factory(), Durations.of(due.within()), Durations.of(due.tokenLifetime())));
  }
}
