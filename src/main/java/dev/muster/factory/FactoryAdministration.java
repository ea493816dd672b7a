package dev.muster.factory;

import dev.muster.access.AuditLog;
import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.factory.Factories.Former;
import dev.muster.manifest.ManifestFormat;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Adds factories, changes and removes them. */
@Guarded
@Component
public class FactoryAdministration {

  private final Factories factories;
  private final Hubs hubs;
  private final JdbcClient jdbc;
  private final AuditLog audit;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  FactoryAdministration(
      Factories factories,
      Hubs hubs,
      JdbcClient jdbc,
      AuditLog audit,
      ApplicationEventPublisher events,
      Clock clock) {
    this.factories = factories;
    this.hubs = hubs;
    this.jdbc = jdbc;
    this.audit = audit;
    this.events = events;
    this.clock = clock;
  }

  /**
   * What a factory has sent.
   *
   * @param devices how many devices its manifests brought
   * @param lastManifest when its last one came; null: none came
   */
  public record Sent(long manifests, long devices, @Nullable Instant lastManifest) {}

  @Requires(Permission.FACTORY_READ)
  public List<Factory> all() {
    return factories.all();
  }

  @Requires(Permission.FACTORY_READ)
  public Optional<Factory> find(String id) {
    return factories.find(id);
  }

  /** What a factory has sent until now, also when it was removed since. */
  @Requires(Permission.FACTORY_READ)
  public Sent sent(String id) {
    return jdbc.sql(
            """
            SELECT count(*) AS manifests, max(received_at) AS last_manifest,
                   (SELECT coalesce(sum(l.devices), 0) FROM loaded_lines l JOIN manifest o USING (manifest_id)
                     WHERE o.factory = :factory) AS devices
              FROM manifest WHERE factory = :factory AND withdrawn_at IS NULL\
            """)
        .param("factory", id)
        .query(Sent.class)
        .single();
  }

  /** The names of the hubs that a factory's devices can go to. */
  @Requires(Permission.FACTORY_READ)
  public List<String> hubNames() {
    return hubs.all().stream().map(Hub::name).toList();
  }

  /**
   * Adds a factory. One whose lists name any device or have a ceiling of their own, or that was a
   * factory before with other keys, is for who may {@link Permission#FACTORY_TRUST}.
   *
   * @throws RefusedException when there is one of its name, or not a hub that it names
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.add")
  @Transactional
  public void add(@Audited("factory") Factory factory) {
    factory.hubs().forEach(this::mustHaveHub);
    // First: it waits for whoever removes one of this name just now, and leaves what that was.
    if (!factories.add(factory)) {
      throw new RefusedException(
          "There is a factory '%s' already. Change it, or remove it first."
              .formatted(factory.id()));
    }
    Former former = factories.former(factory.id()).orElse(null);
    FactoryKeys keys = FactoryKeys.of(factory);
    if (factory.anyDevice()
        || factory.ceiling() != null
        || (former != null && (former.ceiling() || !former.keys().equals(keys)))) {
      mustTrust(factory.id());
    }
    changed(factory.id(), former == null ? null : former.keys(), keys);
  }

  /**
   * Changes all of a factory but its id. What it has sent already stays as it is. Recipients, the
   * signing key, whose devices its lists may name and how many at once are for who may {@link
   * Permission#FACTORY_TRUST}.
   *
   * @throws RefusedException when there is none of its name, or not a hub that it names
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.change")
  @Transactional
  public void change(@Audited("factory") Factory factory) {
    change(factory, held -> true);
  }

  /**
   * As {@link #change(Factory)}, of one that is still what the caller was shown.
   *
   * @param asShown whether the factory as it is now is that
   * @throws RefusedException also when somebody has changed it meanwhile
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.change")
  @Transactional
  public void change(@Audited("factory") Factory factory, Predicate<Factory> asShown) {
    Factory held = factories.hold(factory.id()).orElseThrow(() -> none(factory.id()));
    if (!asShown.test(held)) {
      throw new RefusedException(
          "Somebody has changed factory '%s' since you looked at it, and nothing of yours was saved. Look at it again."
              .formatted(factory.id()));
    }
    // One that it has may not be configured just now, or not here.
    factory.hubs().stream().filter(hub -> !held.hubs().contains(hub)).forEach(this::mustHaveHub);
    FactoryKeys before = FactoryKeys.of(held);
    FactoryKeys after = FactoryKeys.of(factory);
    if (!before.equals(after) || !Objects.equals(held.ceiling(), factory.ceiling())) {
      mustTrust(factory.id());
    }
    boolean there = factories.change(factory);
    if (there && !before.equals(after)) {
      changed(factory.id(), before, after);
    }
  }

  /** Removes a factory. What it provisioned stays. */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.remove")
  public void remove(@Audited("factory") String id) {
    if (!factories.remove(id)) {
      throw none(id);
    }
  }

  /** How a factory's files differ from everybody's. */
  @Requires(Permission.FACTORY_READ)
  public ManifestFormat format(String id) {
    if (factories.find(id).isEmpty()) {
      throw none(id);
    }
    return factories.format(id);
  }

  /** Changes that, for what it sends from now on. */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.format")
  public void changeFormat(
      @Audited("factory") String id, @Audited("format") ManifestFormat format) {
    if (!factories.changeFormat(id, format)) {
      throw none(id);
    }
  }

  private static void mustTrust(String factory) {
    if (!Callers.current().may(Permission.FACTORY_TRUST)) {
      throw new NotPermittedException(
          "To whose keys the bundles of factory '%s' are encrypted, whether and with which key it signs, whose devices its lists may name, and how many at once, a security officer changes. All else of it you can."
              .formatted(factory));
    }
    Callers.mustBeFresh();
  }

  /** Kept beside the entry of the call, and told to the factory. */
  private void changed(String factory, @Nullable FactoryKeys before, FactoryKeys after) {
    Instant now = clock.instant();
    events.publishEvent(new FactoryKeysChanged(factory, before, after, now));
    audit.add(
        AuditLog.Entry.by(
            Callers.current(),
            now,
            "factory.keys",
            "factory=%s before=(%s) after=(%s)"
                .formatted(factory, before == null ? "no factory" : before, after),
            AuditLog.Outcome.DONE,
            null));
  }

  /** What is said when there is none of this name. */
  public static RefusedException none(String id) {
    return new RefusedException("There is no factory '%s'.".formatted(id));
  }

  private void mustHaveHub(String hub) {
    if (hubs.find(hub).isEmpty()) {
      throw new RefusedException(
          "There is no hub '%s'. There are: %s."
              .formatted(
                  hub, hubs.all().stream().map(Hub::name).collect(Collectors.joining(", "))));
    }
  }
}
