package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.manifest.Updates;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.CheckedUploads.Confirmed;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Dry runs",
    description =
        "Files that are looked at before anything of them is loaded, then confirmed; and the same"
            + " of devices that are chosen by what they are like.")
class UploadsApi {

  private static final int WAITING = 200;

  private final CheckedUploads uploads;

  UploadsApi(CheckedUploads uploads) {
    this.uploads = uploads;
  }

  record Taken(UUID upload) {}

  @GetMapping("/api/uploads")
  @Operation(summary = "The uploads that wait to be confirmed, newest first")
  List<CheckedUpload> waiting() {
    return uploads.waiting(null, WAITING);
  }

  @GetMapping("/api/uploads/{id}")
  @Operation(summary = "An upload, and what would become of its rows")
  @Problems(404)
  CheckedUpload get(@PathVariable UUID id) {
    return uploads
        .find(id)
        .orElseThrow(
            () ->
                new NotThereException(
                    "There is no such upload; it may have been confirmed, discarded, or expired."));
  }

  @PutMapping("/api/uploads/manifests/{factory}/{name}")
  @Operation(
      summary = "Sends a manifest to be looked at",
      description = "The body is the file. Nothing is loaded until the upload is confirmed.")
  @ApiResponse(responseCode = "202", description = "It is being looked at; Location says where")
  @TakesFile
  ResponseEntity<Taken> manifest(
      @PathVariable String factory,
      @PathVariable String name,
      @RequestHeader(name = "Muster-Signature", required = false) @Nullable String signature,
      @Parameter(
              description =
                  "What it may change of devices that are there; absent: as its factory may.")
          @RequestParam(required = false)
          @Nullable Updates updates,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    return taken(
        uploads.checkManifest(factory, name, request.getInputStream(), signature, updates));
  }

  @PutMapping("/api/uploads/revocation-lists/{factory}/{name}")
  @Operation(
      summary = "Sends a revocation list to be looked at",
      description = "The body is the file. Nothing is applied until the upload is confirmed.")
  @ApiResponse(responseCode = "202", description = "It is being looked at; Location says where")
  @TakesFile
  ResponseEntity<Taken> list(
      @PathVariable String factory,
      @PathVariable String name,
      @RequestHeader(name = "Muster-Signature", required = false) @Nullable String signature,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    return taken(uploads.checkList(factory, name, request.getInputStream(), signature));
  }

  @PostMapping("/api/uploads/{id}/confirm")
  @Operation(
      summary = "Puts an upload in the inbox",
      description =
          "Devices that were chosen among all factories' are no arrival: that they change begins"
              + " at once, as an execution.")
  @ApiResponse(
      responseCode = "202",
      description = "It is in the inbox, or has begun; Location says where")
  @Problems(409)
  ResponseEntity<Confirmed> confirm(
      @PathVariable UUID id,
      @Parameter(
              description =
                  "A revocation list is applied now, not in the night; for who may revoke devices.")
          @RequestParam(defaultValue = "false")
          boolean atOnce) {
    Confirmed confirmed = atOnce ? uploads.confirmAtOnce(id) : uploads.confirm(id);
    return Accepted.at(
        confirmed.arrival() != null
            ? "/api/arrivals/" + confirmed.arrival()
            : confirmed.execution() != null
                ? "/api/executions/" + confirmed.execution()
                : "/api/executions",
        confirmed);
  }

  @DeleteMapping("/api/uploads/{id}")
  @Operation(summary = "Throws an upload away")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @Problems(409)
  ResponseEntity<Void> discard(@PathVariable UUID id) throws IOException {
    uploads.discard(id);
    return ResponseEntity.noContent().build();
  }

  private static ResponseEntity<Taken> taken(UUID id) {
    return Accepted.at("/api/uploads/" + id, new Taken(id));
  }
}
