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
import dev.muster.registry.DryRun;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
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
   * @param unchanged rows that are in the registry already, from the same factory and with the same
   *     values
   */
  public record CheckedManifest(ReceivedManifest received, long unchanged) {}

  /**
   * Judges every row as provisioning would.
   *
   * @param factory whose manifest it is; null when that is not known
   * @param format in which it is; null: its factory's
   * @param rejects gets the rows that would be refused, in the order of their lines
   * @throws ManifestRefusedException when it would be refused as a whole
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public CheckedManifest check(
      Path file,
      @Nullable String factory,
      @Nullable ManifestFormat format,
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
      return check(content, factory, rejects, rows -> {});
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
      Content content, @Nullable String factory, Consumer<Rejected> rejects, LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    ReceivedManifest received = content.orRefused();
    try (ManifestRowReader rows =
        new ManifestRowReader(content.file(), received.format(), received.data())) {
      long[] seen = new long[1];
      long unchanged =
          dryRun.judge(
              factory,
              Callers.factory(Permission.MANIFEST_SEND),
              () -> {
                rowsSeen.accept(seen[0]++);
                return rows.next();
              },
              rejects);
      return new CheckedManifest(received.warn(rows.warnings()), unchanged);
    }
  }
}
