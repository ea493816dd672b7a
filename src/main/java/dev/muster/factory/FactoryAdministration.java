package dev.muster.factory;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Adds factories, changes and removes them. */
@Guarded
@Component
public class FactoryAdministration {

  private final Factories factories;
  private final Hubs hubs;
  private final JdbcClient jdbc;

  FactoryAdministration(Factories factories, Hubs hubs, JdbcClient jdbc) {
    this.factories = factories;
    this.hubs = hubs;
    this.jdbc = jdbc;
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
            SELECT count(*), max(received_at),
                   (SELECT coalesce(sum(l.devices), 0) FROM loaded_lines l JOIN manifest o USING (manifest_id)
                     WHERE o.factory = :factory)
              FROM manifest WHERE factory = :factory AND withdrawn_at IS NULL\
            """)
        .param("factory", id)
        .query(
            (row, number) -> {
              Timestamp last = row.getTimestamp(2);
              return new Sent(
                  row.getLong(1), row.getLong(3), last == null ? null : last.toInstant());
            })
        .single();
  }

  /** The names of the hubs that a factory's devices can go to. */
  @Requires(Permission.FACTORY_READ)
  public List<String> hubNames() {
    return hubs.all().stream().map(Hub::name).toList();
  }

  /**
   * Adds a factory.
   *
   * @throws RefusedException when there is one of its name, or not the hub that it names
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.add")
  public void add(@Audited("factory") Factory factory) {
    mustHaveHub(factory.hub());
    if (!factories.add(factory)) {
      throw new RefusedException(
          "There is a factory '%s' already. Change it, or remove it first."
              .formatted(factory.id()));
    }
  }

  /**
   * Changes all of a factory but its id. What it has sent already stays as it is.
   *
   * @throws RefusedException when there is none of its name, or not the hub that it names
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.change")
  public void change(@Audited("factory") Factory factory) {
    mustHaveHub(factory.hub());
    if (!factories.change(factory)) {
      throw none(factory.id());
    }
  }

  /**
   * Removes a factory. What it provisioned stays.
   *
   * @throws RefusedException when there is none of this name
   */
  @Requires(value = Permission.FACTORY_ADMINISTER, audit = "factory.remove")
  public void remove(@Audited("factory") String id) {
    if (!factories.remove(id)) {
      throw none(id);
    }
  }

  private static RefusedException none(String id) {
    return new RefusedException("There is no factory '%s'.".formatted(id));
  }

  private void mustHaveHub(@Nullable String hub) {
    if (hub != null && hubs.find(hub).isEmpty()) {
      throw new RefusedException(
          "There is no hub '%s'. There are: %s."
              .formatted(
                  hub, hubs.all().stream().map(Hub::name).collect(Collectors.joining(", "))));
    }
  }
}
