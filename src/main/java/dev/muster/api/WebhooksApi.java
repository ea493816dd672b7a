package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.outcome.ToldWebhooks;
import dev.muster.outcome.ToldWebhooks.Standing;
import dev.muster.outcome.ToldWebhooks.Told;
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
@Tag(name = "Webhooks", description = "Who is told events over HTTP, and what of them was taken.")
class WebhooksApi {

  private final ToldWebhooks webhooks;

  WebhooksApi(ToldWebhooks webhooks) {
    this.webhooks = webhooks;
  }

  @GetMapping("/api/webhooks")
  @Operation(summary = "Webhooks, and how they stand")
  List<Standing> all() {
    return webhooks.all();
  }

  @GetMapping("/api/webhook-deliveries")
  @Operation(summary = "Events that were told or are to be, newest first")
  @Problems(400)
  ResponseEntity<Listed<Told>> told(
      @RequestParam(required = false) @Nullable String webhook,
      @Parameter(description = "Only those that were not taken.")
          @RequestParam(defaultValue = "false")
          boolean open,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        webhooks.page(webhook, open, Cursor.number(cursor), limit + 1), limit, Told::id);
  }

  @PostMapping("/api/webhook-deliveries/{id}/retry")
  @Operation(summary = "Has an event told once more, under the same id")
  @ApiResponse(responseCode = "204")
  @Problems(404)
  ResponseEntity<Void> retry(@PathVariable long id) {
    if (!webhooks.again(id)) {
      throw new NotThereException("There is no event %d that can be told again.".formatted(id));
    }
    return ResponseEntity.noContent().build();
  }
}
