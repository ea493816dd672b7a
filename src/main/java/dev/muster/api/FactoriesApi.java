package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Admission;
import dev.muster.factory.Ceiling;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.factory.FactoryAdministration.Sent;
import dev.muster.factory.SigningKey;
import dev.muster.language.Language;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestFormat.Encoding;
import dev.muster.manifest.Separator;
import dev.muster.provisioning.FormatTrial;
import dev.muster.provisioning.FormatTrial.Tried;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

@Api
@Tag(
    name = "Factories",
    description = "Who may send manifests, and to whose keys bundles are encrypted.")
class FactoriesApi {

  private final FactoryAdministration factories;
  private final FormatTrial trial;

  FactoriesApi(FactoryAdministration factories, FormatTrial trial) {
    this.factories = factories;
    this.trial = trial;
  }

  /** A factory, but for its id; keys are public ones. */
  record Settings(
      @Schema(description = "age public keys (X25519) to which its bundles are encrypted.")
          @NotEmpty
          List<@NotBlank String> recipients,
      @Schema(description = "The hubs among which its devices are put; absent or empty: any.")
          @Nullable List<@NotBlank String> hubs,
      @Schema(
              description =
                  "Ed25519 public keys with one of which it signs: two while it changes over;"
                      + " absent: it does not.")
          @Nullable List<@NotBlank String> signingKeys,
      @Schema(description = "Whether its revocation lists may name other factories' devices.")
          @Nullable Boolean anyDevice,
      @Schema(description = "How many rows may be refused when nobody says.", example = "5%")
          @Nullable String maxRejects,
      @Schema(description = "How long tokens live when nobody says, ISO 8601.", example = "P365D")
          @Nullable String tokenLifetime,
      @Schema(description = "Where its bundles are brought; absent: where it last sent.")
          @Nullable DeliveryPlace deliver,
      @Schema(
              description =
                  "How many devices a revocation list of it may take out of service on one person's"
                      + " word.",
              example = "1000 or 5%")
          @Nullable String ceiling,
      @Schema(description = "Whether its manifests change its devices that are there.")
          @Nullable Boolean updates,
      @Schema(
              description = "Whom operators ask about it: a name, an address, a telephone number.",
              example = "it@contoso.example")
          @Nullable String contact,
      @Schema(description = "The language of mails to its contact; absent: English.")
          @Nullable Language contactLanguage,
      @Schema(
              description =
                  "Nothing new is taken from it; its lists are, and its devices renew their"
                      + " tokens.")
          @Nullable Boolean suspended,
      @Schema(
              description = "The last day (UTC) on which new devices are taken from it.",
              example = "2027-12-31")
          @Nullable LocalDate validUntil,
      @Schema(description = "How many devices its manifests may bring in all.")
          @Nullable Long maxDevices,
      @Schema(description = "How many devices its manifests may bring on one day (UTC).")
          @Nullable Long maxDevicesADay) {

    Factory named(String id) {
      try {
        return new Factory(
            id,
            recipients.stream().map(AgeRecipient::new).toList(),
            hubs == null ? List.of() : hubs,
            signingKeys == null ? List.of() : signingKeys.stream().map(SigningKey::new).toList(),
            Boolean.TRUE.equals(anyDevice),
            maxRejects,
            Durations.of(tokenLifetime),
            deliver,
            ceiling == null ? null : Ceiling.valueOf(ceiling),
            Boolean.TRUE.equals(updates),
            contact,
            contactLanguage,
            new Admission(Boolean.TRUE.equals(suspended), validUntil, maxDevices, maxDevicesADay));
      } catch (IllegalArgumentException e) {
        throw ProblemException.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  record Format(
      @Schema(description = "What stands between fields; absent: it is found out.")
          @Nullable Separator separator,
      @Schema(description = "Of files without a byte order mark; absent: UTF-8.")
          @Nullable Encoding encoding,
      @Schema(description = "What its columns are, by what it calls them.")
          @Nullable Map<String, @NotNull String> names,
      @Schema(description = "The values of columns that it does not send.")
          @Nullable Map<String, @NotNull String> defaults,
      @Schema(description = "Columns that must be there, with a value in each row.")
          @Nullable List<@NotNull String> required,
      @Schema(description = "The values that a column may have.")
          @Nullable Map<String, @NotNull List<@NotNull String>> allowed,
      @Schema(
              description =
                  "The regular expressions that a column's values must match, in RE2's syntax.")
          @Nullable Map<String, @NotNull String> patterns,
      @Schema(description = "Whether its files must end in # rows=N.") @Nullable Boolean trailer) {

    ManifestFormat named() {
      try {
        return new ManifestFormat(
                separator,
                encoding,
                Objects.requireNonNullElse(names, Map.of()),
                Objects.requireNonNullElse(defaults, Map.of()),
                Objects.requireNonNullElse(required, List.of()),
                Objects.requireNonNullElse(allowed, Map.of()),
                Objects.requireNonNullElse(patterns, Map.of()),
                Boolean.TRUE.equals(trailer))
            .agreed();
      } catch (IllegalArgumentException e) {
        throw ProblemException.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  record NewFactory(
      @NotBlank String id,
      @NotNull @Valid @Schema(requiredMode = Schema.RequiredMode.REQUIRED) Settings settings) {}

  record Shown(String id, Settings settings) {
    static Shown of(Factory factory) {
      Duration lifetime = factory.tokenLifetime();
      return new Shown(
          factory.id(),
          new Settings(
              factory.recipients().stream().map(AgeRecipient::publicKey).toList(),
              factory.hubs(),
              factory.signingKeys().stream().map(SigningKey::base64).toList(),
              factory.anyDevice(),
              factory.maxRejects(),
              lifetime == null ? null : lifetime.toString(),
              factory.deliver(),
              factory.ceiling() == null ? null : factory.ceiling().toString(),
              factory.updates(),
              factory.contact(),
              factory.contactLanguage(),
              factory.admission().suspended(),
              factory.admission().validUntil(),
              factory.admission().maxDevices(),
              factory.admission().maxDevicesADay()));
    }
  }

  record Detail(String id, Settings settings, Sent sent) {}

  @GetMapping("/api/factories")
  @Operation(summary = "All factories")
  List<Shown> list() {
    return factories.all().stream().map(Shown::of).toList();
  }

  @GetMapping("/api/factories/{id}")
  @Operation(summary = "A factory, and what it has sent")
  @Problems(404)
  Detail get(@PathVariable String id) {
    Shown shown =
        factories.find(id).map(Shown::of).orElseThrow(() -> new NotThereException("factory", id));
    return new Detail(shown.id(), shown.settings(), factories.sent(id));
  }

  @PostMapping("/api/factories")
  @Operation(summary = "Adds a factory")
  @ApiResponse(responseCode = "201")
  @Problems({400, 409})
  ResponseEntity<Shown> add(@Valid @RequestBody NewFactory factory) {
    Factory added = factory.settings().named(factory.id());
    factories.add(added);
    return created(added);
  }

  @PutMapping("/api/factories/{id}")
  @Operation(summary = "Adds a factory, or changes all of it but its id")
  @ApiResponse(responseCode = "200", description = "It was changed")
  @ApiResponse(responseCode = "201", description = "It was added")
  @Problems({400, 409})
  ResponseEntity<Shown> put(@PathVariable String id, @Valid @RequestBody Settings settings) {
    Factory factory = settings.named(id);
    if (factories.find(id).isEmpty()) {
      factories.add(factory);
      return created(factory);
    }
    factories.change(factory);
    return ResponseEntity.ok(Shown.of(factory));
  }

  @GetMapping("/api/factories/{id}/format")
  @Operation(summary = "How a factory's files differ from everybody's")
  @Problems(404)
  ManifestFormat format(@PathVariable String id) {
    try {
      return factories.format(id);
    } catch (RefusedException e) {
      throw new NotThereException("factory", id);
    }
  }

  @PutMapping("/api/factories/{id}/format")
  @Operation(
      summary = "Changes how a factory's files differ from everybody's",
      description = "All of it; what is left out is as for everybody. Holds for what comes next.")
  @Problems({400, 404})
  ManifestFormat format(@PathVariable String id, @Valid @RequestBody Format format) {
    ManifestFormat changed = format.named();
    try {
      factories.changeFormat(id, changed);
    } catch (RefusedException e) {
      throw new NotThereException("factory", id);
    }
    return changed;
  }

  @PutMapping(
      path = "/api/factories/{id}/format/sample",
      consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  @Operation(
      summary = "Shows what would become of a sample file in a format that is not saved",
      description =
          "A form of two parts: sample, the file, of at most 16 MB; and format, as JSON"
              + " (application/json), absent: the one that is saved. Nothing is changed, and"
              + " nothing of the sample is kept. Of the rows that would be refused, the first"
              + " twenty are shown.")
  @TakesSample
  @Problems({400, 404, 409, 413})
  Tried tried(
      @PathVariable String id,
      @Valid @RequestPart(required = false) @Nullable Format format,
      @RequestPart MultipartFile sample)
      throws IOException {
    mustFit(sample.getSize());
    ManifestFormat tried = format == null ? format(id) : format.named();
    if (factories.find(id).isEmpty()) {
      throw new NotThereException("factory", id);
    }
    try (InputStream in = sample.getInputStream()) {
      return trial.on(in, id, tried);
    }
  }

  static void mustFit(long bytes) {
    if (bytes > (long) FormatTrial.MOST_MEGABYTES << 20) {
      throw new ProblemException(
          Problem.TOO_LARGE, "A sample has at most %d MB.".formatted(FormatTrial.MOST_MEGABYTES));
    }
  }

  @DeleteMapping("/api/factories/{id}")
  @Operation(summary = "Removes a factory; what it provisioned stays")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @Problems(404)
  ResponseEntity<Void> remove(@PathVariable String id) {
    try {
      factories.remove(id);
    } catch (RefusedException e) {
      throw factories.find(id).isEmpty() ? new NotThereException("factory", id) : e;
    }
    return ResponseEntity.status(HttpStatus.NO_CONTENT).build();
  }

  private static ResponseEntity<Shown> created(Factory factory) {
    return ResponseEntity.created(
            ServletUriComponentsBuilder.fromCurrentContextPath()
                .path("/api/factories/" + factory.id())
                .build()
                .toUri())
        .body(Shown.of(factory));
  }
}
