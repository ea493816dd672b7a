package dev.muster.provisioning;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.RowJudge.Judged;
import dev.muster.registry.DryRun.Found;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
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
  private final RowJudge judge;
  private final Factories factories;
  private final FactoryAdmission admission;
  private final Manifests manifests;
  private final FactoryLimits limits;
  private final ProvisioningProperties properties;

  ManifestCheck(
      ReceivedContent contents,
      Spool spool,
      RowJudge judge,
      Factories factories,
      FactoryAdmission admission,
      Manifests manifests,
      FactoryLimits limits,
      ProvisioningProperties properties) {
    this.limits = limits;
    this.contents = contents;
    this.spool = spool;
    this.judge = judge;
    this.factories = factories;
    this.admission = admission;
    this.manifests = manifests;
    this.properties = properties;
  }

  /**
   * A manifest that was judged row by row.
   *
   * @param received the manifest as received, with the warnings on its rows
   * @param found what would become of rows whose devices are in the registry already
   * @param rejectLimit how many refused rows would be too many; where it is not known whose it is,
   *     what holds for factories that have no limit of their own
   * @param provisionedAs the number of the manifest that brought the same content before; null:
   *     none
   */
  public record CheckedManifest(
      ReceivedManifest received,
      Found found,
      long accepted,
      long rejected,
      RejectLimit rejectLimit,
      @Nullable Integer provisionedAs) {

    public long unchanged() {
      return found.unchanged();
    }

    public long updated() {
      return found.updated();
    }

    /**
     * Whether a run would fail, unless it was given another limit. What was provisioned is not run.
     */
    public boolean tooManyRejects() {
      return provisionedAs == null && rejectLimit.exceededBy(rejected, received.rows());
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
   * @param updates what it may change; null: as its factory's may
   * @param rejects gets the rows that would be refused, in the order of their lines
   * @throws ManifestRefusedException when it would be refused as a whole
   */
  @Requires(value = Permission.MANIFEST_SEND, readOnly = true)
  public CheckedManifest check(
      Path file, @Nullable String factory, @Nullable Updates updates, Consumer<Rejected> rejects)
      throws IOException, ManifestRefusedException {
    Content content = take(file, factory == null ? ManifestFormat.NONE : limits.format(factory));
    try {
      return check(content, factory, updates, rejects, rows -> {});
    } finally {
      contents.remove(content.file());
    }
  }

  /**
   * Judges every row of a sample, which nobody sends: whether its factory may send, and what it
   * sent before, does not count.
   *
   * @param format in which it is, whatever its factory's is
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, readOnly = true)
  public CheckedManifest tried(
      Path file, String factory, ManifestFormat format, Consumer<Rejected> rejects)
      throws IOException, ManifestRefusedException {
    Content content = take(file, format);
    try {
      return check(
          content,
          factory,
          Callers.factory(Permission.FACTORY_ADMINISTER),
          false,
          null,
          rejects,
          rows -> {});
    } finally {
      contents.remove(content.file());
    }
  }

  private Content take(Path file, ManifestFormat format) throws IOException {
    return contents.take(
        file, spool.ofThisProcess(), properties.maxManifestSize().toBytes(), format, bytes -> {});
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
    return check(
        content,
        factory,
        Callers.factory(Permission.MANIFEST_SEND),
        factory != null,
        updates,
        rejects,
        rowsSeen);
  }

  /**
   * @param callers whose rows alone the caller may see; null: everybody's
   * @param sent whether it is what its factory sends
   */
  private CheckedManifest check(
      Content content,
      @Nullable String factory,
      @Nullable String callers,
      boolean sent,
      @Nullable Updates updates,
      Consumer<Rejected> rejects,
      LongConsumer rowsSeen)
      throws IOException, ManifestRefusedException {
    ReceivedManifest received = content.orRefused();
    Optional<Manifest> before =
        sent && factory != null ? manifests.find(factory, received.sha256()) : Optional.empty();
    Factory sender =
        sent && factory != null && before.isEmpty() ? factories.find(factory).orElse(null) : null;
    if (sender != null) {
      admission.mustBeOpen(sender);
    }
    Judged judged =
        judge.judge(
            content.file(),
            received,
            factory,
            callers,
            updates == null ? updates(factory) : updates,
            rejects,
            rowsSeen);
    CheckedManifest checked =
        new CheckedManifest(
            judged.received(),
            judged.found(),
            judged.accepted(),
            judged.rejected(),
            factory == null ? properties.maxRejects() : limits.maxRejects(factory),
            before.filter(Manifest::delivered).map(Manifest::id).orElse(null));
    if (sender != null) {
      admission.mustFit(sender, checked.accepted());
    }
    return checked;
  }

  private Updates updates(@Nullable String factory) {
    return factory == null ? Updates.NONE : limits.updates(factory);
  }
}
