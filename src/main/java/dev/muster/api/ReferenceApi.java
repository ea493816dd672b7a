package dev.muster.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.muster.access.RefusedException;
import dev.muster.exchange.IssuedToken;
import dev.muster.exchange.RevokedDeviceException;
import dev.muster.exchange.SingleTokens;
import dev.muster.registry.ClaimCodes;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.Installations;
import dev.muster.registry.Installations.Installation;
import dev.muster.registry.InstalledDevice;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.status.DeviceState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;
import tools.jackson.databind.JsonNode;

/**
 * The API of Azure's reference implementation of this idea (the ProvisioningWebApi of its IoT
 * journey), with its fields and status codes, so that what was written for it works unchanged.
 */
@Api
@Tag(
    name = "Installation",
    description =
        "Devices one by one, as whoever installs them needs it. Fields and status codes are those"
            + " of Azure's reference implementation.")
class ReferenceApi {

  /** What goes back and forth as a number: no sign, no leading zero. */
  private static final Pattern WHOLE = Pattern.compile("0|[1-9]\\d{0,8}");

  private static final String NO_REASON = "no reason given";

  private final Installations installations;
  private final SingleTokens tokens;
  private final DevicesInService service;
  private final ClaimCodes claims;

  ReferenceApi(
      Installations installations,
      SingleTokens tokens,
      DevicesInService service,
      ClaimCodes claims) {
    this.claims = claims;
    this.installations = installations;
    this.tokens = tokens;
    this.service = service;
  }

  /** Where a device is to be. */
  record Place(
      @Schema(
              description = "A whole number, or text.",
              types = {"integer", "string", "null"})
          @JsonProperty("Building")
          @Nullable Object building,
      @Schema(
              description = "A whole number, or text.",
              types = {"integer", "string", "null"})
          @JsonProperty("Room")
          @Nullable Object room) {}

  /**
   * Where a device is, so that a client for which Building and Room are numbers can read it: what
   * is no whole number has a name of its own, and what is not known is absent.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Metadata(
      @Schema(description = "Absent when it is no whole number, or not known.")
          @JsonProperty("Building")
          @Nullable Integer building,
      @Schema(description = "Absent when it is no whole number, or not known.")
          @JsonProperty("Room")
          @Nullable Integer room,
      @Schema(description = "The building, when it is no whole number.")
          @JsonProperty("BuildingName")
          @Nullable String buildingName,
      @Schema(description = "The room, when it is no whole number.") @JsonProperty("RoomName")
          @Nullable String roomName) {

    static Metadata of(@Nullable String building, @Nullable String room) {
      return new Metadata(number(building), number(room), name(building), name(room));
    }

    private static @Nullable Integer number(@Nullable String text) {
      return text != null && WHOLE.matcher(text).matches() ? Integer.valueOf(text) : null;
    }

    private static @Nullable String name(@Nullable String text) {
      return number(text) == null ? text : null;
    }
  }

  record Device(
      @JsonProperty("DeviceId") String deviceId,
      @Schema(allowableValues = {"registered", "provisioned", "disabled", "revoked", "retired"})
          @JsonProperty("Status")
          String status,
      @JsonProperty("Metadata") Metadata metadata) {

    static Device of(InstalledDevice device) {
      return new Device(
          device.device().toString(),
          device.state().name().toLowerCase(Locale.ROOT),
          Metadata.of(device.building(), device.room()));
    }
  }

  record Endpoint(
      @Schema(example = "sb://contoso.servicebus.windows.net/") @JsonProperty("Uri") String uri,
      @JsonProperty("EventHubName") String eventHubName,
      @JsonProperty("AccessToken") String accessToken) {

    /** Without the token. */
    @Override
    public String toString() {
      return "Endpoint[" + uri + "]";
    }
  }

  record Reason(@Size(max = 500) @Nullable String reason) {}

  @GetMapping("/api/registry/{id}")
  @Operation(summary = "Where a device is, and how it stands")
  @Problems(404)
  Device get(@PathVariable String id) {
    return device(Ids.device(id));
  }

  @PutMapping("/api/registry/{id}")
  @Operation(
      summary = "Registers a device, or says where a known one is",
      requestBody =
          @io.swagger.v3.oas.annotations.parameters.RequestBody(
              required = true,
              content = @Content(schema = @Schema(implementation = Place.class))))
  @ApiResponse(responseCode = "200", description = "It was known before")
  @ApiResponse(responseCode = "201", description = "It was registered")
  @Problems({400, 409})
  ResponseEntity<Device> put(@PathVariable String id, @RequestBody JsonNode body) {
    UUID device = Ids.device(id);
    Installation done = installations.install(device, place(body, "Building"), place(body, "Room"));
    return done.registered()
        ? ResponseEntity.created(
                ServletUriComponentsBuilder.fromCurrentRequestUri().build().toUri())
            .body(Device.of(done.device()))
        : ResponseEntity.ok(Device.of(done.device()));
  }

  record Code(@NotBlank @Size(max = 200) String code) {

    /** Without the code. */
    @Override
    public String toString() {
      return "Code[]";
    }
  }

  @PostMapping("/api/devices/{id}/claim")
  @Operation(
      summary = "Gives a device's claim code, which is good once",
      description =
          "Where a manifest has the hash of one, nobody installs the device or makes a token for it"
              + " before.")
  @Problems({400, 404, 409})
  Device claim(@PathVariable String id, @Valid @RequestBody Code code) {
    UUID device = Ids.device(id);
    claims.claim(device, code.code());
    return device(device);
  }

  /**
   * A revoked device comes back only on the word of an account that may revoke: see ADR 18. What
   * the reference does for everybody would let a technician revive a stolen device.
   */
  @TellsToken
  @PostMapping("/api/devices/{id}/provision")
  @Operation(
      summary = "Gives a device its token",
      description =
          "The token is told once. A revoked device is restored first when the account may revoke"
              + " devices, too; otherwise it stays revoked.")
  @Problems({403, 404, 409, 429})
  ResponseEntity<Endpoint> provision(@PathVariable String id) {
    IssuedToken issued = issued(Ids.device(id));
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .header(HttpHeaders.PRAGMA, "no-cache")
        .body(new Endpoint("sb://" + issued.namespace() + "/", issued.eventHub(), issued.token()));
  }

  @PostMapping("/api/devices/{id}/revoke")
  @Operation(summary = "Takes a device out of service for good")
  @ApiResponse(responseCode = "200", description = "Also when it was revoked before")
  @Problems(404)
  Device revoke(
      @PathVariable String id, @Valid @RequestBody(required = false) @Nullable Reason reason) {
    return change(id, reason, service::revoke, DeviceState.REVOKED);
  }

  @PostMapping("/api/devices/{id}/restore")
  @Operation(summary = "Brings a revoked device back")
  @Problems({404, 409})
  Device restore(
      @PathVariable String id, @Valid @RequestBody(required = false) @Nullable Reason reason) {
    return change(id, reason, service::restore, null);
  }

  @PostMapping("/api/devices/{id}/retire")
  @Operation(
      summary = "Retires a scrapped device: nothing brings it back",
      description =
          "Its data is removed after `muster.retired.keep`; `muster.retired.ids` says whether its"
              + " id is free then.")
  @ApiResponse(responseCode = "200", description = "Also when it was retired before")
  @Problems({404, 409})
  Device retire(
      @PathVariable String id, @Valid @RequestBody(required = false) @Nullable Reason reason) {
    return change(id, reason, service::retire, DeviceState.RETIRED);
  }

  @PostMapping("/api/devices/{id}/disable")
  @Operation(summary = "Takes a device out of service for a time")
  @ApiResponse(responseCode = "200", description = "Also when it was disabled before")
  @Problems({404, 409})
  Device disable(
      @PathVariable String id, @Valid @RequestBody(required = false) @Nullable Reason reason) {
    return change(id, reason, service::disable, DeviceState.DISABLED);
  }

  @PostMapping("/api/devices/{id}/enable")
  @Operation(summary = "Brings a disabled device back")
  @Problems({404, 409})
  Device enable(
      @PathVariable String id, @Valid @RequestBody(required = false) @Nullable Reason reason) {
    return change(id, reason, service::enable, null);
  }

  /**
   * @param already what the device may be already; then nothing is changed, and that is fine
   */
  private Device change(
      String id,
      @Nullable Reason reason,
      BiConsumer<UUID, String> change,
      @Nullable DeviceState already) {
    UUID device = Ids.device(id);
    String said = reason == null ? null : reason.reason();
    try {
      change.accept(device, said == null || said.isBlank() ? NO_REASON : said);
    } catch (UnknownDeviceException e) {
      throw e;
    } catch (RefusedException e) {
      if (installations.find(device).filter(known -> known.state() == already).isEmpty()) {
        throw e;
      }
    }
    return device(device);
  }

  private IssuedToken issued(UUID device) {
    try {
      return tokens.issueAgain(device);
    } catch (RevokedDeviceException e) {
      throw new ProblemException(
          Problem.DEVICE_REVOKED,
          "The device is revoked and gets no token. Only an account that may revoke devices can"
              + " bring it back.");
    }
  }

  private Device device(UUID device) {
    return installations
        .find(device)
        .map(Device::of)
        .orElseThrow(() -> new UnknownDeviceException(device));
  }

  /** As a number, as text, or as an answer names it, {@code BuildingName}. */
  private static @Nullable String place(JsonNode body, String name) {
    JsonNode place = property(body, name);
    JsonNode named = property(body, name + "Name");
    if (place == null && named == null) {
      throw ProblemException.invalid(
          "%s is missing. Send {\"Building\": 7, \"Room\": 12}.".formatted(name));
    }
    String text = place == null ? null : text(place, name);
    String words = named == null ? null : text(named, name + "Name");
    if (text != null && words != null && !text.equals(words)) {
      throw ProblemException.invalid(
          "%1$s and %1$sName say different things. Send one of them.".formatted(name));
    }
    return words == null ? text : words;
  }

  /** In whichever case its name is written, as the reference reads it. */
  private static @Nullable JsonNode property(JsonNode body, String name) {
    if (body.isObject()) {
      for (String property : body.propertyNames()) {
        if (property.equalsIgnoreCase(name)) {
          return body.get(property);
        }
      }
    }
    return null;
  }

  private static @Nullable String text(JsonNode value, String name) {
    if (value.isNull()) {
      return null;
    }
    if (value.isString()) {
      return value.asString();
    }
    if (value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0) {
      return Long.toString(value.asLong());
    }
    throw ProblemException.invalid("%s must be a whole number, or text.".formatted(name));
  }
}
