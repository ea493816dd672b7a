package dev.muster.api;

import dev.muster.exchange.IssuedToken;
import dev.muster.exchange.SingleTokens;
import dev.muster.export.Export.Part;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import dev.muster.registry.DeviceEvent;
import dev.muster.registry.DeviceFacts;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Attribute;
import dev.muster.registry.DeviceSearch.Order;
import dev.muster.registry.DeviceSearch.Seen;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.seen.ReportedSigns;
import dev.muster.seen.SaidSigns.Said;
import dev.muster.seen.SaidSigns.Taken;
import dev.muster.seen.SeenBy;
import dev.muster.seen.SeenCsv;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.Deed;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Devices",
    description = "What the registry knows. What changes a device is under Installation.")
class DevicesApi {

  private static final Set<String> FILTERS =
      Arrays.stream(DeviceQuery.class.getRecordComponents())
          .map(RecordComponent::getName)
          .collect(Collectors.toUnmodifiableSet());

  private final KnownDevices devices;
  private final SingleTokens tokens;
  private final ReportedSigns signs;
  private final CheckedUploads uploads;

  DevicesApi(
      KnownDevices devices, SingleTokens tokens, ReportedSigns signs, CheckedUploads uploads) {
    this.signs = signs;
    this.devices = devices;
    this.tokens = tokens;
    this.uploads = uploads;
  }

  record Sightings(
      @NotNull @Schema(requiredMode = Schema.RequiredMode.REQUIRED) List<@NotNull Said> devices) {}

  /** What is to become of devices. */
  record Change(
      @NotNull Deed action,
      @NotBlank @Size(max = 500) @Schema(description = "Each device's history keeps it.")
          String reason,
      @Schema(description = "Also what stands behind gateways among them.")
          @Nullable Boolean devicesBehind,
      @Schema(
              description =
                  "MOVE: the hub that muster.placement.quarantine sets apart. Absent: where the"
                      + " weights and the rules want them.")
          @Nullable String hub) {}

  /** A token that nobody can ask for again. */
  record Token(
      UUID device,
      String namespace,
      String eventHub,
      String token,
      Instant expiresAt,
      boolean first) {

    static Token of(IssuedToken issued) {
      return new Token(
          issued.device(),
          issued.namespace(),
          issued.eventHub(),
          issued.token(),
          issued.expiresAt(),
          issued.first());
    }

    /** Without the token. */
    @Override
    public String toString() {
      return "Token[" + device + "]";
    }
  }

  record DeviceQuery(
      @Parameter(description = "A GUID, or at least the first four digits of one.")
          @Nullable String id,
      @Nullable String serialNumber,
      @Nullable Integer manifest,
      @Parameter(description = "With which the token came that they have, by its number.")
          @Nullable Integer bundle,
      @Nullable String building,
      @Nullable String room,
      @Nullable Standing state,
      @Nullable String factory,
      @Nullable String model,
      @Parameter(description = "Behind which they are.") @Nullable String gateway,
      @Nullable String hub,
      @Parameter(description = "A column that Muster only keeps, `name=value`.")
          @Nullable String attribute,
      @Nullable Instant tokenEndsFrom,
      @Parameter(description = "Before then.") @Nullable Instant tokenEndsUntil,
      @Parameter(description = "Whether they ever gave a sign of life.") @Nullable Seen seen,
      @Parameter(description = "Whose last sign of life was before then.")
          @Nullable Instant seenBefore,
      @Parameter(
              description =
                  "Absent: the newest first. Those that are out of service, or whose ids begin"
                      + " alike, go by their id.")
          @Nullable Order order) {

    DeviceSearch search() {
      try {
        return new DeviceSearch(
            id == null ? null : Ids.devices(id),
            serialNumber,
            manifest,
            bundle,
            building,
            room,
            state,
            factory,
            model,
            gateway == null ? null : Ids.device(gateway),
            hub,
            attribute == null ? null : Attribute.of(attribute),
            new Period(tokenEndsFrom, tokenEndsUntil),
            seen,
            seenBefore,
            order);
      } catch (IllegalArgumentException e) {
        throw ProblemException.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  @GetMapping("/api/devices")
  @Operation(
      summary = "Finds devices, the latest first",
      description =
          "What no index finds is looked for as far as a moment's time goes: a page may have fewer"
              + " than `limit`, or none, and a `next` all the same.")
  @Problems(400)
  ResponseEntity<Listed<KnownDevice>> find(
      @ParameterObject DeviceQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    DeviceSearch search = query.search();
    try {
      Part<KnownDevice, String> part = devices.find(search, Cursor.place(cursor), limit);
      String next = part.next();
      return Listed.of(part.rows(), next == null ? null : Cursor.of(next), devices.total(search));
    } catch (IllegalArgumentException e) {
      throw Cursor.unknown();
    }
  }

  @GetMapping("/api/devices/export.{format:csv|jsonl}")
  @Operation(summary = "All devices that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject DeviceQuery query, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("devices", devices.all(query.search()), format, response);
  }

  @PostMapping("/api/devices/changes")
  @Operation(
      summary = "Has a change of all devices that are meant looked at",
      description =
          "Nothing changes until the upload that this makes is confirmed; from when it was looked"
              + " at it is fixed which devices they are.")
  @ApiResponse(responseCode = "202", description = "It is being looked at; Location says where")
  @Problems({400, 409})
  ResponseEntity<UploadsApi.Taken> change(
      @ParameterObject DeviceQuery query,
      @Parameter(hidden = true) HttpServletRequest request,
      @Valid @RequestBody Change change) {
    request.getParameterMap().forEach(DevicesApi::mustNarrow);
    UUID upload =
        uploads.checkChosen(
            query.search(),
            change.action(),
            change.reason(),
            Boolean.TRUE.equals(change.devicesBehind()),
            change.hub());
    return Accepted.at("/api/uploads/" + upload, new UploadsApi.Taken(upload));
  }

  /** What is passed over where devices are listed would here have more of them changed. */
  private static void mustNarrow(String name, String[] values) {
    if (!FILTERS.contains(name) || values.length != 1 || values[0].isBlank()) {
      throw ProblemException.invalid(
          "'%s' is no filter of devices, is empty, or is there twice. Nothing was chosen; say just what you mean."
              .formatted(name));
    }
  }

  @GetMapping("/api/devices/{id}")
  @Operation(summary = "All that is known of a device")
  @Problems(404)
  DeviceFacts get(@PathVariable String id) {
    UUID device = Ids.device(id);
    return devices.one(device).orElseThrow(() -> new UnknownDeviceException(device));
  }

  @GetMapping("/api/devices/{id}/history")
  @Operation(summary = "What happened to a device, latest first")
  @Problems(404)
  List<DeviceEvent> history(@PathVariable String id) {
    UUID device = Ids.device(id);
    List<DeviceEvent> events = devices.history(device);
    if (events.isEmpty()) {
      throw new UnknownDeviceException(device);
    }
    return events;
  }

  @PostMapping(path = "/api/devices/seen", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Operation(
      summary = "Says when devices were seen at their hub",
      description =
          "For whoever takes their messages. The first and the last time of each are kept, so that"
              + " said again, or in another order, it is the same. Rows in which something is wrong"
              + " are refused one by one. As text/csv the body is the line device_id,seen_at and a"
              + " line each.")
  @Problems({400, 409, 413})
  Taken seen(@Valid @RequestBody Sightings seen) {
    return signs.take(seen.devices().iterator(), SeenBy.API);
  }

  @Hidden // described with the other
  @PostMapping(path = "/api/devices/seen", consumes = "text/csv")
  Taken seenCsv(@RequestBody String csv) throws IOException {
    return signs.take(SeenCsv.rows(new StringReader(csv)), SeenBy.API);
  }

  @TellsToken
  @PostMapping("/api/devices/{id}/token")
  @Operation(
      summary = "Makes a new token for a device",
      description =
          "Its first one, or one beside those it has. It is told once, and kept nowhere. A device"
              + " that is out of service gets none.")
  @Problems({404, 409, 429})
  ResponseEntity<Token> token(@PathVariable String id) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .header(HttpHeaders.PRAGMA, "no-cache")
        .body(Token.of(tokens.issue(Ids.device(id))));
  }
}
