package dev.muster.api;

import dev.muster.signin.Sessions;
import dev.muster.signin.Sessions.Session;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(name = "Sessions", description = "Who is signed in at the console.")
class SessionsApi {

  private final Sessions sessions;

  SessionsApi(Sessions sessions) {
    this.sessions = sessions;
  }

  @GetMapping("/api/sessions")
  @Operation(summary = "Everybody's sessions at the console, the one that was used last first")
  List<Session> all() {
    return sessions.all();
  }

  @DeleteMapping("/api/sessions/{id}")
  @Operation(summary = "Ends a session; its next request signs in anew")
  @ApiResponse(responseCode = "204", description = "It is ended")
  @Problems(409)
  ResponseEntity<Void> end(@PathVariable UUID id) {
    sessions.end(id);
    return ResponseEntity.noContent().build();
  }

  @DeleteMapping("/api/sessions")
  @Operation(summary = "Ends all sessions of an account")
  @ApiResponse(responseCode = "204", description = "They are ended")
  @Problems(409)
  ResponseEntity<Void> endAll(
      @Parameter(description = "As it stands in the list.") @RequestParam String account) {
    sessions.endAll(account);
    return ResponseEntity.noContent().build();
  }
}
