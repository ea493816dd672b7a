package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.publisher.HubView;
import dev.muster.publisher.Publishers;
import dev.muster.publisher.Reconciliation;
import dev.muster.publisher.ReconciliationReport;
import dev.muster.renewal.BackgroundRotations;
import dev.muster.renewal.KeyRotationRuns;
import dev.muster.renewal.RotationStatus;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;

@Api
@Tag(name = "Hubs", description = "Hubs, how telling them stands, and the rotation of their keys.")
class HubsApi {

  private final Publishers publishers;
  private final KeyRotationRuns rotations;
  private final Reconciliation reconciliation;
  private final BackgroundRotations background;

  HubsApi(
      Publishers publishers,
      KeyRotationRuns rotations,
      Reconciliation reconciliation,
      BackgroundRotations background) {
    this.background = background;
    this.publishers = publishers;
    this.rotations = rotations;
    this.reconciliation = reconciliation;
  }

  record HubDetail(HubView hub, @Nullable RotationStatus rotation) {}

  record Confirmation(
      @Schema(description = "One factory; absent: all.") @Nullable String factory) {}

  record Rotation(
      @Schema(description = "Somebody else may have it: no token of it is exchanged any more.")
          @Nullable Boolean compromised,
      @Schema(description = Durations.TOKEN_LIFETIME, example = "P365D")
          @Nullable String tokenLifetime) {}

  record Done(
      @Schema(description = "Although devices still have tokens of the old key.")
          @Nullable Boolean force) {}

  record Comparison(
      @Schema(description = "Names of hubs; absent or empty: all.")
          @Nullable List<@NotNull String> hubs,
      @Schema(description = "Otherwise it is only reported what differs.")
          @Nullable Boolean repair) {}

  @GetMapping("/api/hubs")
  @Operation(summary = "All hubs")
  List<HubView> list() {
    return publishers.hubs();
  }

  @GetMapping("/api/hubs/{name}")
  @Operation(summary = "A hub, and how far the rotation of its key is")
  @Problems(404)
  HubDetail get(@PathVariable String name) {
    HubView hub = publishers.hub(name);
    RotationStatus rotation =
        hub.namespace() == null || rotations.last(name).isEmpty() ? null : rotations.status(name);
    return new HubDetail(hub, rotation);
  }

  @PostMapping("/api/hubs/{name}/rotate")
  @Operation(
      summary = "Starts the rotation of a hub's key, or goes on with it",
      description =
          "Devices are given tokens of the other key. That may take minutes and goes on after the"
              + " answer; the hub says how far it is.")
  @ApiResponse(responseCode = "202", description = "It has begun; Location says where it is seen")
  @Problems({400, 404, 409})
  ResponseEntity<HubDetail> rotate(
      @PathVariable String name, @RequestBody(required = false) @Nullable Rotation rotation) {
    boolean compromised = rotation != null && Boolean.TRUE.equals(rotation.compromised());
    Duration lifetime = rotation == null ? null : Durations.of(rotation.tokenLifetime());
    boolean unused = of(name, () -> background.rotate(name, compromised, lifetime));
    return Accepted.at("/api/hubs/" + name, get(name));
  }

  @PostMapping("/api/hubs/{name}/rotate/confirm")
  @Operation(summary = "Takes a factory's word that its devices have their new tokens")
  @Problems({404, 409})
  RotationStatus confirm(
      @PathVariable String name,
      @RequestBody(required = false) @Nullable Confirmation confirmation) {
    return of(
        name, () -> rotations.confirm(name, confirmation == null ? null : confirmation.factory()));
  }

  @PostMapping("/api/hubs/{name}/rotate/done")
  @Operation(summary = "Says that the old key was regenerated")
  @Problems({404, 409})
  RotationStatus done(
      @PathVariable String name, @RequestBody(required = false) @Nullable Done done) {
    return of(name, () -> rotations.done(name, done != null && Boolean.TRUE.equals(done.force())));
  }

  @PostMapping("/api/hubs/{name}/tell")
  @Operation(summary = "Tells a hub at once what it is still to be told")
  @Problems({404, 409})
  HubView tell(@PathVariable String name) {
    return of(
        name,
        () -> {
          publishers.tellNow(name);
          return publishers.hub(name);
        });
  }

  @PostMapping("/api/reconciliation")
  @Operation(summary = "Compares the hubs' own lists of revoked publishers with the registry")
  @Problems({404, 409})
  ReconciliationReport reconcile(
      @Valid @RequestBody(required = false) @Nullable Comparison comparison)
      throws IOException, InterruptedException {
    List<String> names =
        comparison == null || comparison.hubs() == null ? List.of() : comparison.hubs();
    try {
      return reconciliation
          .run(names, comparison != null && Boolean.TRUE.equals(comparison.repair()))
          .orElseThrow(
              () ->
                  new ProblemException(
                      Problem.REFUSED,
                      "Somebody else compares the hubs just now. Wait for the end."));
    } catch (RefusedException e) {
      names.forEach(publishers::hub);
      throw e;
    }
  }

  @GetMapping("/api/reconciliation")
  @Operation(summary = "The last comparison")
  @Problems(404)
  ReconciliationReport reconciliation() throws IOException {
    return reconciliation
        .last()
        .orElseThrow(() -> new NotThereException("The hubs were never compared."));
  }

  /** What is refused because there is no such hub is not found. */
  private <T> T of(String name, Supplier<T> deed) {
    try {
      return deed.get();
    } catch (RefusedException e) {
      HubView unused = publishers.hub(name);
      throw e;
    }
  }
}
