package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.bundle.BundleFiles;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import dev.muster.manifest.RejectCode;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.OwnManifests;
import dev.muster.provisioning.SentManifest;
import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.State;
import dev.muster.provisioning.SentManifests;
import dev.muster.upload.Uploads;
import dev.muster.upload.Uploads.Sent;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Manifests", description = "What factories send, and what comes of it.")
class ManifestsApi {

  private final SentManifests manifests;
  private final OwnManifests own;
  private final Uploads uploads;

  record Withdrawn(long devices) {}

  ManifestsApi(SentManifests manifests, OwnManifests own, Uploads uploads) {
    this.manifests = manifests;
    this.own = own;
    this.uploads = uploads;
  }

  record ManifestQuery(
      @Nullable String factory,
      @Parameter(description = "Part of it.") @Nullable String name,
      @Parameter(description = "How it begins.") @Nullable String sha256,
      @Nullable State state,
      @Parameter(description = "Received then or later.") @Nullable Instant from,
      @Parameter(description = "Received before then.") @Nullable Instant until) {

    SentManifests.Filter filter() {
      return new SentManifests.Filter(factory, name, sha256, state, new Period(from, until));
    }
  }

  @GetMapping("/api/manifests")
  @Operation(summary = "Manifests, newest first")
  @Problems(400)
  ResponseEntity<Listed<Line>> list(
      @ParameterObject ManifestQuery query,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        manifests.page(query.filter(), Cursor.smallNumber(cursor), limit + 1), limit, Line::id);
  }

  @GetMapping("/api/manifests/export.{format:csv|jsonl}")
  @Operation(summary = "All manifests that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @ParameterObject ManifestQuery query,
      @PathVariable String format,
      HttpServletResponse response)
      throws IOException {
    ExportDownload.send("manifests", manifests.all(query.filter()), format, response);
  }

  @GetMapping("/api/manifests/{id}")
  @Operation(summary = "A manifest, its run, and its bundle's files")
  @Problems(404)
  SentManifest get(@PathVariable int id) {
    return manifests.find(id).orElseThrow(() -> new NotThereException("manifest", id));
  }

  @GetMapping("/api/manifests/{id}/rejects")
  @Operation(summary = "The rows that were refused, in the order of their lines")
  @Problems(404)
  ResponseEntity<Listed<Rejected>> rejects(
      @PathVariable int id,
      @RequestParam(required = false) @Nullable RejectCode code,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    if (manifests.find(id).isEmpty()) {
      throw new NotThereException("manifest", id);
    }
    Long after = Cursor.number(cursor);
    return Listed.of(
        manifests.rejects(id, after == null ? 0 : after, limit + 1, code), limit, Rejected::line);
  }

  @PostMapping("/api/manifests/{id}/withdraw")
  @Operation(
      summary = "Takes back what a manifest brought of which too many rows were refused",
      description = "No token of it exists. It can be sent again, corrected.")
  @ApiResponse(responseCode = "200", description = "How many devices left the registry")
  @Problems(409)
  Withdrawn withdraw(@PathVariable int id) throws Exception {
    return new Withdrawn(own.withdraw(id));
  }

  @GetMapping("/api/manifests/{id}/files/{name}")
  @Operation(
      summary = "A file of a manifest's bundle",
      description =
          "Parts are encrypted to the factory's keys (age); receipt.json, rejects.csv and"
              + " rejected-rows.csv are not.")
  @GivesFile
  ResponseEntity<Resource> file(
      @PathVariable int id, @PathVariable String name, @Parameter(hidden = true) HttpMethod method)
      throws IOException {
    Line line = manifests.line(id).orElseThrow(() -> noFile(id));
    BundleFiles.Download file =
        manifests.open(id, name, method.equals(HttpMethod.GET)).orElseThrow(() -> noFile(id));
    return Downloads.of(line.name(), file.name(), file.bytes(), file.content());
  }

  private static NotThereException noFile(int id) {
    return new NotThereException("Manifest %d has no file of this name.".formatted(id));
  }

  @PutMapping("/api/manifests/{factory}/{name}")
  @Operation(
      summary = "Sends a manifest",
      description =
          "The body is the file, CSV or gzip, as a stream. When the answer comes, it is in the"
              + " inbox and survives whatever happens; the arrival tells what becomes of it. A"
              + " manifest is its content: sent again it is provisioned once.")
  @ApiResponse(responseCode = "202", description = "It is in the inbox; Location says where")
  @TakesFile
  ResponseEntity<Sent> send(
      @PathVariable String factory,
      @PathVariable String name,
      @Parameter(description = "SHA-256 of the file, in hex; checked when given.")
          @RequestHeader(name = "Muster-Sha256", required = false)
          @Nullable String sha256,
      @Parameter(description = "How many rows of data it has; checked when given.")
          @RequestHeader(name = "Muster-Rows", required = false)
          @Nullable Long rows,
      @Parameter(
              description =
                  "Of factories that sign: the time and the Ed25519 signature in Base64, with a"
                      + " blank between.")
          @RequestHeader(name = "Muster-Signature", required = false)
          @Nullable String signature,
      @Parameter(
              description =
                  "What it may change of devices that are there; absent: as its factory may.")
          @RequestParam(required = false)
          @Nullable Updates updates,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    Sent sent =
        uploads.sendManifest(
            factory, name, request.getInputStream(), sha256, rows, signature, updates);
    return Accepted.at("/api/arrivals/" + sent.arrival(), sent);
  }
}
