package dev.muster.api;

import dev.muster.denylist.BackgroundDenyList;
import dev.muster.denylist.DenyList;
import dev.muster.denylist.DenyList.State;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import org.springframework.core.io.Resource;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

@Api
@Tag(
    name = "Deny list",
    description = "All devices that are out of service, signed, for whoever takes messages.")
class DenyListApi {

  private final DenyList denyList;
  private final BackgroundDenyList background;

  DenyListApi(DenyList denyList, BackgroundDenyList background) {
    this.denyList = denyList;
    this.background = background;
  }

  @GetMapping("/api/deny-list")
  @Operation(
      summary = "Its version, the devices on it, where it is published, and its files",
      description = "The files are those of the instance that answers.")
  State state() throws Exception {
    return denyList.state();
  }

  @GetMapping("/api/deny-list/files/{name}")
  @Operation(
      summary = "A file of the list",
      description =
          "index.json, public-key.pem, and those that `files` names. Trust the public key that you"
              + " were given otherwise.")
  @GivesFile
  ResponseEntity<Resource> file(@PathVariable String name) throws IOException {
    DenyList.Download file = denyList.open(name);
    return Downloads.of(file.name(), file.bytes(), file.content());
  }

  @PostMapping("/api/deny-list/snapshot")
  @Operation(
      summary = "Publishes a new snapshot of the files",
      description = "Unless the last one is of the present version; then nothing changes.")
  @ApiResponse(responseCode = "200", description = "It is there")
  @ApiResponse(
      responseCode = "202",
      description = "It is being made; Location says where it is seen")
  @Problems(409)
  ResponseEntity<State> snapshot() throws Exception {
    boolean there = background.snapshot();
    State state = denyList.state();
    return there ? ResponseEntity.ok(state) : Accepted.at("/api/deny-list", state);
  }
}
