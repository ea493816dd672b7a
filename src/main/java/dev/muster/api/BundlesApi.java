package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.bundle.BundleFiles;
import dev.muster.bundle.Purpose;
import dev.muster.delivery.DeliveredBundle;
import dev.muster.delivery.DeliveredBundle.Line;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.http.Attachment;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Bundles",
    description =
        "What factories get: tokens of new devices, renewed ones, and those of rotations and"
            + " moves.")
class BundlesApi {

  private final DeliveredBundles bundles;

  BundlesApi(DeliveredBundles bundles) {
    this.bundles = bundles;
  }

  @GetMapping("/api/bundles")
  @Operation(summary = "Bundles that can be fetched, newest first")
  @Problems(400)
  ResponseEntity<Listed<Line>> list(
      @RequestParam(required = false) @Nullable String factory,
      @RequestParam(required = false) @Nullable Purpose purpose,
      @Parameter(description = "Published then or later.") @RequestParam(required = false)
          @Nullable Instant since,
      @Parameter(description = "Only those that nobody has fetched or confirmed.")
          @RequestParam(defaultValue = "false")
          boolean unfetched,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        bundles.page(
            new DeliveredBundles.Filter(factory, purpose, since, unfetched),
            Cursor.smallNumber(cursor),
            limit + 1),
        limit,
        Line::id);
  }

  @GetMapping("/api/bundles/{id}")
  @Operation(summary = "A bundle, and its files")
  @Problems(404)
  DeliveredBundle get(@PathVariable int id) {
    return bundles.find(id).orElseThrow(() -> new NotThereException("bundle", id));
  }

  @GetMapping("/api/bundles/{id}/files/{name}")
  @Operation(
      summary = "A file of a bundle",
      description =
          "Parts are encrypted to the factory's keys (age); receipt.json, rejects.csv and"
              + " rejected-rows.csv are not.")
  @GivesFile
  ResponseEntity<Resource> file(
      @PathVariable int id, @PathVariable String name, @Parameter(hidden = true) HttpMethod method)
      throws IOException {
    Line line = bundles.line(id).orElseThrow(() -> noFile(id));
    BundleFiles.Download file =
        bundles.open(id, name, method.equals(HttpMethod.GET)).orElseThrow(() -> noFile(id));
    return Downloads.of(line.name(), file.name(), file.bytes(), file.content());
  }

  private static NotThereException noFile(int id) {
    return new NotThereException("Bundle %d has no file of this name.".formatted(id));
  }

  @GetMapping("/api/bundles/{id}/files.tar")
  @Operation(
      summary = "All files of a bundle in one archive",
      description = "POSIX tar, as a stream; the files lie in a folder of the bundle's name.")
  @ApiResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = "application/x-tar",
              schema = @Schema(type = "string", format = "binary")))
  @Problems(404)
  void archive(
      @PathVariable int id,
      @Parameter(hidden = true) HttpMethod method,
      @Parameter(hidden = true) HttpServletResponse response)
      throws IOException {
    DeliveredBundle bundle = get(id);
    if (bundle.files().isEmpty()) {
      throw new NotThereException(
          "The files of bundle %d are not in the outbox any more.".formatted(id));
    }
    response.setContentType("application/x-tar");
    response.setHeader(
        HttpHeaders.CONTENT_DISPOSITION,
        Attachment.named(bundle.line().name() + ".tar").toString());
    if (method.equals(HttpMethod.GET)) {
      bundles.archive(id, response.getOutputStream());
    }
  }

  @PostMapping("/api/bundles/{id}/confirm")
  @Operation(
      summary = "Says that devices have the tokens of a bundle",
      description = "Rotations and moves wait for that. Said again, it changes nothing.")
  @Problems(404)
  DeliveredBundle confirm(@PathVariable int id) {
    if (!bundles.confirm(id)) {
      throw new NotThereException("bundle", id);
    }
    return get(id);
  }
}
