package dev.muster.watching;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events: that something is different, not what; who hears it asks for that. The events
 * are called {@code runs} and {@code arrivals}.
 */
@Guarded
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public class ChangeStreams {

  /** How many streams an account may have open at one instance. */
  public static final int MOST_OF_AN_ACCOUNT = 12;

  /** The header in which whoever comes again says what it heard last, as the standard has it. */
  public static final String LAST_HEARD = "Last-Event-ID";

  private final LiveEvents events;

  ChangeStreams(LiveEvents events) {
    this.events = events;
  }

  /**
   * Opens one for the caller, about what it may see. It ends after five minutes: who still wants it
   * comes again.
   *
   * @param whose has one at a time, such as a browser's session: another of it takes the place of
   *     the one before, which may be of a page that was left; null: any number
   * @param heard the {@linkplain Changes#latest last change} that it knows of; null: of none, and
   *     it reads what it wants once it listens
   * @return null when there are too many already, or this instance ends
   */
  @Requires({Permission.EXECUTION_READ, Permission.ARRIVAL_READ})
  public @Nullable SseEmitter open(@Nullable String whose, @Nullable String heard) {
    return events.watch(whose, heard);
  }
}
