package dev.muster.revocation;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RevocationEntry;
import dev.muster.manifest.RevocationHeader;
import dev.muster.manifest.RevocationRowReader;
import dev.muster.manifest.RevocationVerdict;
import dev.muster.store.Content;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.springframework.stereotype.Component;

/**
 * What a revocation list asks for. Changes nothing. What the registry says to its entries depends
 * on when it is applied, so that is not looked at.
 */
@Guarded
@Component
public class ListCheck {

  /**
   * A list that was read to its end.
   *
   * @param blankRows lines that are no rows
   * @param warnings sentences on what was taken, and looks like a mistake
   * @param entriesByAction how many entries there are that can be applied
   */
  public record CheckedList(
      long rows, long blankRows, List<String> warnings, Map<String, Long> entriesByAction) {}

  /**
   * Reads every row.
   *
   * @param rejects gets the rows that can't be applied, in the order of their lines
   * @param rowsSeen is told now and then how many were read
   * @throws ManifestRefusedException when the list would be refused as a whole
   */
  @Requires(value = Permission.LIST_SEND, readOnly = true)
  public CheckedList check(Content content, Consumer<Rejected> rejects, LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    ReceivedManifest received = content.orRefused();
    RevocationHeader unused = new RevocationHeader(received.header());
    Map<String, Long> byAction = new TreeMap<>();
    try (RevocationRowReader rows =
        new RevocationRowReader(content.file(), received.format(), received.data())) {
      long seen = 0;
      for (RevocationVerdict verdict = rows.next(); verdict != null; verdict = rows.next()) {
        if (verdict instanceof RevocationEntry entry) {
          byAction.merge(entry.action(), 1L, Long::sum);
        } else if (verdict instanceof Rejected rejected) {
          rejects.accept(rejected);
        }
        rowsSeen.accept(++seen);
      }
    }
    return new CheckedList(received.rows(), received.blankRows(), received.warnings(), byAction);
  }
}
