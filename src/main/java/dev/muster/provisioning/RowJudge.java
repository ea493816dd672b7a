package dev.muster.provisioning;

import dev.muster.credential.sas.Placement;
import dev.muster.credential.sas.Places;
import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestRowReader;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.registry.DryRun;
import dev.muster.registry.DryRun.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Judges every row of a manifest as provisioning would. Changes nothing. */
@Component
class RowJudge {

  private final DryRun dryRun;
  private final Factories factories;
  private final Placement placement;

  RowJudge(DryRun dryRun, Factories factories, Placement placement) {
    this.dryRun = dryRun;
    this.factories = factories;
    this.placement = placement;
  }

  /** What was found; as {@link ManifestCheck.CheckedManifest} has it. */
  record Judged(ReceivedManifest received, Found found, long rejected) {

    long accepted() {
      return received.rows() - found.unchanged() - found.updated() - rejected;
    }
  }

  /**
   * Judges them.
   *
   * @param factory whose manifest it is; null when that is not known
   * @param reader who is told, see {@link DryRun#judge}
   * @param rejects gets the rows that would be refused, in the order of their lines
   * @param rowsSeen is told with every row how many were judged by themselves so far
   */
  Judged judge(
      Path file,
      ReceivedManifest received,
      @Nullable String factory,
      @Nullable String reader,
      Updates updates,
      Consumer<Rejected> rejects,
      LongConsumer rowsSeen)
      throws IOException {
    Places places = placement.within(factories.hubs(factory), null);
    try (ManifestRowReader rows =
        new ManifestRowReader(file, received.format(), updates, received.data())) {
      long[] seen = new long[1];
      long[] rejected = new long[1];
      Found found =
          dryRun.judge(
              factory,
              reader,
              updates,
              () -> {
                rowsSeen.accept(seen[0]++);
                return places.judge(rows.next());
              },
              reject -> {
                rejected[0]++;
                rejects.accept(reject);
              });
      List<String> warnings = new ArrayList<>(rows.warnings());
      if (found.placesKept() > 0) {
        warnings.add(ManifestCheck.placesKept(found.placesKept()));
      }
      return new Judged(received.warn(warnings), found, rejected[0]);
    }
  }
}
