package dev.muster.api;

import dev.muster.outcome.ToldNotifications;
import dev.muster.outcome.ToldNotifications.Standing;
import dev.muster.outcome.ToldNotifications.Told;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Notifications",
    description = "Who is told events over HTTP and by mail, and what of them was taken.")
class NotificationsApi {

  private final ToldNotifications notifications;

  NotificationsApi(ToldNotifications notifications) {
    this.notifications = notifications;
  }

  @GetMapping("/api/notification-channels")
  @Operation(summary = "Webhooks and mail, and how they stand")
  @ApiResponse(responseCode = "200")
  List<Standing> channels() {
    return notifications.all();
  }

  @GetMapping("/api/notifications")
  @Operation(summary = "Events that were told or are to be, newest first")
  @ApiResponse(responseCode = "200")
  @ApiResponse(responseCode = "400", ref = "Problem")
  ResponseEntity<Listed<Told>> told(
      @Parameter(description = "A webhook's name, or `mail`.") @RequestParam(required = false)
          @Nullable String channel,
      @Parameter(description = "Only those that were not taken.")
          @RequestParam(defaultValue = "false")
          boolean open,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        notifications.page(channel, open, Cursor.number(cursor), limit + 1), limit, Told::id);
  }

  @PostMapping("/api/notifications/{id}/retry")
  @Operation(summary = "Has an event told once more, under the same id")
  @ApiResponse(responseCode = "204")
  @ApiResponse(responseCode = "404", ref = "Problem")
  ResponseEntity<Void> retry(@PathVariable long id) {
    if (!notifications.again(id)) {
      throw ProblemException.notFound("There is no event %d that can be told again.".formatted(id));
    }
    return ResponseEntity.noContent().build();
  }
}
