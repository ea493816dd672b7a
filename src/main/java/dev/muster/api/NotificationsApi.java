package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.language.Language;
import dev.muster.outcome.Kind;
import dev.muster.outcome.NotificationChoices;
import dev.muster.outcome.NotificationChoices.Choice;
import dev.muster.outcome.NotificationChoices.Own;
import dev.muster.outcome.ToldNotifications;
import dev.muster.outcome.ToldNotifications.Standing;
import dev.muster.outcome.ToldNotifications.Told;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Notifications",
    description = "Who is told events over HTTP and by mail, and what of them was taken.")
class NotificationsApi {

  private final ToldNotifications notifications;
  private final NotificationChoices choices;

  NotificationsApi(ToldNotifications notifications, NotificationChoices choices) {
    this.notifications = notifications;
    this.choices = choices;
  }

  /**
   * What somebody chooses.
   *
   * @param address not needed without kinds
   */
  record Chosen(
      @Schema(description = "Of what; none: no mail.") @NotNull Set<@NotNull Kind> kinds,
      @Nullable String address,
      @Schema(description = "Of the mails; absent: as before, else English.")
          @Nullable Language language) {}

  @GetMapping("/api/account/notifications")
  @Operation(summary = "Of what the caller is told by mail, and may be")
  Own own() {
    return choices.own();
  }

  @PutMapping("/api/account/notifications")
  @Operation(summary = "Chooses of what the caller is told by mail, and where")
  @Problems({400, 409})
  Own choose(@RequestBody @Valid Chosen chosen) {
    choices.choose(chosen.kinds(), chosen.address(), chosen.language());
    return choices.own();
  }

  @GetMapping("/api/notification-choices")
  @Operation(summary = "Who is told what by mail, as they chose it")
  List<Choice> all() {
    return choices.all();
  }

  @DeleteMapping("/api/notification-choices")
  @Operation(summary = "Ends mails to an account")
  @ApiResponse(responseCode = "204", description = "They are ended")
  @Problems(409)
  ResponseEntity<Void> end(
      @Parameter(description = "As it stands in the list.") @RequestParam String account) {
    choices.end(account);
    return ResponseEntity.noContent().build();
  }

  @GetMapping("/api/notification-channels")
  @Operation(summary = "Webhooks and mail, and how they stand")
  List<Standing> channels() {
    return notifications.all();
  }

  @GetMapping("/api/notifications")
  @Operation(summary = "Events that were told or are to be, newest first")
  @Problems(400)
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
  @Problems(404)
  ResponseEntity<Void> retry(@PathVariable long id) {
    if (!notifications.again(id)) {
      throw new NotThereException("There is no event %d that can be told again.".formatted(id));
    }
    return ResponseEntity.noContent().build();
  }
}
