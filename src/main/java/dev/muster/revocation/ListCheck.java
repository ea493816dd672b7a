package dev.muster.revocation;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RevocationHeader;
import dev.muster.revocation.WeighedLists.Unweighed;
import dev.muster.status.StatusAction;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a revocation list would do as things stand. Changes nothing. */
@Guarded
@Component
public class ListCheck {

  private final WeighedLists weighed;
  private final Factories factories;
  private final ReceivedContent contents;
  private final Spool spool;
  private final RevocationProperties properties;

  ListCheck(
      WeighedLists weighed,
      Factories factories,
      ReceivedContent contents,
      Spool spool,
      RevocationProperties properties) {
    this.weighed = weighed;
    this.factories = factories;
    this.contents = contents;
    this.spool = spool;
    this.properties = properties;
  }

  /**
   * A list that was read to its end.
   *
   * @param blankRows lines that are no rows
   * @param warnings sentences on what was taken, and looks like a mistake
   */
  public record CheckedList(long rows, long blankRows, List<String> warnings, ListEffect effect) {}

  /**
   * Reads every row, and holds it against the registry.
   *
   * @param factory whose list it is; null: an operator's own
   * @param rejects gets the rows that would be rejected: first those that can't be read, then the
   *     others
   * @param rowsSeen is told now and then how many were read
   * @throws ManifestRefusedException when the list would be refused as a whole
   */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public CheckedList check(
      Content content, @Nullable String factory, Consumer<Rejected> rejects, LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    return weigh(content, factory, null, rejects, rowsSeen);
  }

  /**
   * As above, a list that Muster wrote of devices that somebody chose.
   *
   * @param action what the list says of all of them
   */
  @Requires(
      value = {Permission.DEVICE_DISABLE, Permission.DEVICE_REVOKE},
      readOnly = true)
  public CheckedList check(
      Content content, StatusAction action, Consumer<Rejected> rejects, LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    Callers.mustSee(action.permission(), null);
    return weigh(content, null, RevocationRuns.WHATEVER_CAN_BE, rejects, rowsSeen);
  }

  /**
   * As above, a file that lies anywhere.
   *
   * @param maxRejects how many rows may be rejected; null: as is said of the factory, or of all
   */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public CheckedList check(
      Path file,
      @Nullable String factory,
      @Nullable RejectLimit maxRejects,
      Consumer<Rejected> rejects)
      throws IOException, ManifestRefusedException {
    Callers.mustSee(Permission.LIST_SEND, factory);
    Content content =
        contents.take(
            file,
            spool.ofThisProcess(),
            properties.maxListSize().toBytes(),
            factories.formatOfLists(factory),
            bytes -> {});
    try {
      return weigh(content, factory, maxRejects, rejects, rows -> {});
    } finally {
      contents.remove(content.file());
    }
  }

  private CheckedList weigh(
      Content content,
      @Nullable String factory,
      @Nullable RejectLimit maxRejects,
      Consumer<Rejected> rejects,
      LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    ReceivedManifest received = content.orRefused();
    RevocationHeader unused = new RevocationHeader(received.header());
    ListEffect effect =
        weighed.weigh(
            new Unweighed(
                content.file(),
                received.format(),
                received.data(),
                received.sha256(),
                received.rows(),
                factory,
                maxRejects),
            rejects,
            rowsSeen);
    return new CheckedList(received.rows(), received.blankRows(), received.warnings(), effect);
  }
}
