package dev.muster.provisioning;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ManifestRowReader;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.registry.DryRun;
import dev.muster.registry.DryRun.Found;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What would become of a manifest. Changes nothing. */
@Guarded
@Component
public class ManifestCheck {

  private final ReceivedContent contents;
  private final Spool spool;
  private final DryRun dryRun;
  private final FactoryLimits limits;
  private final ProvisioningProperties properties;

  ManifestCheck(
      ReceivedContent contents,
      Spool spool,
      DryRun dryRun,
      FactoryLimits limits,
      ProvisioningProperties properties) {
    this.limits = limits;
    this.contents = contents;
    this.spool = spool;
    this.dryRun = dryRun;
    this.properties = properties;
  }

  /**
   * A manifest that was judged row by row.
   *
   * @param received the manifest as received, with the warnings on its rows
   * @param found what would become of rows whose devices are in the registry already
   * @param rejected how many rows would be refused
   */
  public record CheckedManifest(ReceivedManifest received, Found found, long rejected) {

    /** Rows that would change nothing. */
    public long unchanged() {
      return found.unchanged();
    }

    /** How many devices would be changed. */
    public long updated() {
      return found.updated();
    }

    /** How many devices would be loaded. */
    public long accepted() {
      return received.rows() - found.unchanged() - found.updated() - rejected;
    }
  }

  /** Says that devices stay where somebody has put them. */
  static String placesKept(long devices) {
    return devices == 1
        ? "1 device stays where somebody has put it, though its row says otherwise."
        : "%,d devices stay where somebody has put them, though their rows say otherwise."
            .formatted(devices);
  }

  /**
   * Judges every row as provisioning would.
   *
   * @param factory whose manifest it is; null when that is not known
   * @param format in which it is; null: its factory's
   * @param updates what it may change; null: as its factory's may
   * @param rejects gets the rows that would be refused, in the order of their lines
   * @throws ManifestRefusedException when it would be refused as a whole
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public CheckedManifest check(
      Path file,
      @Nullable String factory,
      @Nullable ManifestFormat format,
      @Nullable Updates updates,
      Consumer<Rejected> rejects)
      throws IOException, ManifestRefusedException {
    ManifestFormat factorys = factory == null ? ManifestFormat.NONE : limits.format(factory);
    Content content =
        contents.take(
            file,
            spool.ofThisProcess(),
            properties.maxManifestSize().toBytes(),
            format == null ? factorys : format,
            bytes -> {});
    try {
      return check(content, factory, updates, rejects, rows -> {});
    } finally {
      contents.remove(content.file());
    }
  }

  /**
   * As above, of what was received already.
   *
   * @param rowsSeen is told with every row how many were judged by themselves so far
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public CheckedManifest check(
      Content content,
      @Nullable String factory,
      @Nullable Updates updates,
      Consumer<Rejected> rejects,
      LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    ReceivedManifest received = content.orRefused();
    Updates may = updates == null ? updates(factory) : updates;
    try (ManifestRowReader rows =
        new ManifestRowReader(content.file(), received.format(), may, received.data())) {
      long[] seen = new long[1];
      long[] rejected = new long[1];
      Found found =
          dryRun.judge(
              factory,
              Callers.factory(Permission.MANIFEST_SEND),
              may,
              () -> {
                rowsSeen.accept(seen[0]++);
                return rows.next();
              },
              reject -> {
                rejected[0]++;
                rejects.accept(reject);
              });
      List<String> warnings = new ArrayList<>(rows.warnings());
      if (found.placesKept() > 0) {
        warnings.add(placesKept(found.placesKept()));
      }
      return new CheckedManifest(received.warn(warnings), found, rejected[0]);
    }
  }

  private Updates updates(@Nullable String factory) {
    return factory == null ? Updates.NONE : limits.updates(factory);
  }
}
