package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import dev.muster.language.Language;
import dev.muster.manifest.ManifestFormat;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The factories there are. */
@Component
public class Factories {

  private static final String SELECT =
      """
      SELECT id, recipients, hubs, signing_keys, any_device, max_rejects, deliver, revocation_ceiling, updates,
             contact, contact_language, suspended, valid_until, max_devices, max_devices_a_day,
             extract(epoch FROM token_lifetime)::bigint AS token_seconds
        FROM factory\
      """;

  private final JdbcClient jdbc;

  Factories(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Adds a factory.
   *
   * @return false when there is one with this id; it is left as it is
   */
  public boolean add(Factory factory) {
    return jdbc.sql(
                """
                INSERT INTO factory (id, recipients, hubs, signing_keys, any_device, max_rejects, token_lifetime, deliver,
                                     revocation_ceiling, updates, contact, contact_language, suspended, valid_until,
                                     max_devices, max_devices_a_day)
                VALUES (:id, :recipients, :hubs, :signingKeys, :anyDevice, :maxRejects, :tokenLifetime::interval, :deliver,
                        :ceiling, :updates, :contact, :contactLanguage, :suspended, :validUntil, :maxDevices, :maxDevicesADay)
                ON CONFLICT DO NOTHING\
                """)
            .params(columns(factory))
            .update()
        == 1;
  }

  /** Changes all of a factory but its id. Returns whether there is one. */
  boolean change(Factory factory) {
    return jdbc.sql(
                """
                UPDATE factory
                   SET (recipients, hubs, signing_keys, any_device, max_rejects, token_lifetime, deliver, revocation_ceiling,
                        updates, contact, contact_language, suspended, valid_until, max_devices, max_devices_a_day)
                     = (:recipients, :hubs, :signingKeys, :anyDevice, :maxRejects, :tokenLifetime::interval, :deliver, :ceiling,
                        :updates, :contact, :contactLanguage, :suspended, :validUntil, :maxDevices, :maxDevicesADay)
                 WHERE id = :id\
                """)
            .params(columns(factory))
            .update()
        == 1;
  }

  private static Map<String, @Nullable Object> columns(Factory factory) {
    Map<String, @Nullable Object> columns = new HashMap<>();
    columns.put("id", factory.id());
    columns.put(
        "recipients",
        factory.recipients().stream().map(AgeRecipient::publicKey).toArray(String[]::new));
    columns.put("hubs", factory.hubs().toArray(String[]::new));
    columns.put("anyDevice", factory.anyDevice());
    columns.put(
        "signingKeys",
        factory.signingKeys().stream().map(SigningKey::base64).toArray(String[]::new));
    columns.put("updates", factory.updates());
    columns.put("contact", factory.contact());
    Language language = factory.contactLanguage();
    columns.put("contactLanguage", language == null ? null : language.tag());
    Admission admission = factory.admission();
    columns.put("suspended", admission.suspended());
    columns.put("validUntil", admission.validUntil());
    columns.put("maxDevices", admission.maxDevices());
    columns.put("maxDevicesADay", admission.maxDevicesADay());
    columns.put("maxRejects", factory.maxRejects());
    columns.put("ceiling", factory.ceiling() == null ? null : factory.ceiling().toString());
    columns.put("deliver", factory.deliver() == null ? null : factory.deliver().name());
    columns.put(
        "tokenLifetime",
        factory.tokenLifetime() == null ? null : factory.tokenLifetime().toSeconds() + " seconds");
    return columns;
  }

  public Optional<Factory> find(String id) {
    return jdbc.sql(SELECT + " WHERE id = ?").param(id).query(Factories::factory).optional();
  }

  /** The hubs among which its devices are put; none: any, as for a factory that nobody knows. */
  public List<String> hubs(@Nullable String id) {
    return Optional.ofNullable(id).flatMap(this::find).map(Factory::hubs).orElse(List.of());
  }

  /** How a factory's manifests differ from everybody's. */
  public ManifestFormat format(String id) {
    return ManifestFormat.parse(
        jdbc.sql("SELECT file_format FROM factory WHERE id = ? AND file_format IS NOT NULL")
            .param(id)
            .query(String.class)
            .optional()
            .orElse(null));
  }

  /**
   * As much of it as holds for revocation lists; an operator's, whose factory is null, have none.
   */
  public ManifestFormat formatOfLists(@Nullable String id) {
    return id == null ? ManifestFormat.NONE : format(id).forLists();
  }

  /** How many devices its manifests have brought; of all factories when it is null. */
  public long devices(@Nullable String id) {
    return jdbc.sql(
            """
            SELECT coalesce(sum(l.devices), 0) FROM loaded_lines l JOIN manifest m USING (manifest_id)
             WHERE m.withdrawn_at IS NULL AND (:id::text IS NULL OR m.factory = :id::text)\
            """)
        .param("id", id)
        .query(Long.class)
        .single();
  }

  /** Changes that. Returns whether there is such a factory. */
  boolean changeFormat(String id, ManifestFormat format) {
    return jdbc.sql("UPDATE factory SET file_format = ?::json WHERE id = ?")
            .params(Arrays.asList(format.json(), id))
            .update()
        == 1;
  }

  public List<Factory> all() {
    return jdbc.sql(SELECT + " ORDER BY id").query(Factories::factory).list();
  }

  /** As {@link #find}, and nobody changes it before the end of the transaction. */
  public Optional<Factory> hold(String id) {
    return jdbc.sql(SELECT + " WHERE id = ? FOR UPDATE")
        .param(id)
        .query(Factories::factory)
        .optional();
  }

  /** What was last trusted of a factory that was removed. */
  Optional<Former> former(String id) {
    return jdbc.sql(
            """
            SELECT recipients, signing_keys, any_device, revocation_ceiling IS NOT NULL AS ceiling
              FROM former_factory WHERE factory = ?\
            """)
        .param(id)
        .query(
            (row, number) ->
                new Former(
                    new FactoryKeys(
                        texts(row, "recipients").map(FactoryKeys::fingerprint).toList(),
                        texts(row, "signing_keys").map(FactoryKeys::fingerprint).toList(),
                        row.getBoolean("any_device")),
                    row.getBoolean("ceiling")))
        .optional();
  }

  /**
   * What was trusted of a factory that was removed.
   *
   * @param ceiling whether it had one of its own
   */
  record Former(FactoryKeys keys, boolean ceiling) {}

  /** Removes a factory; what it provisioned stays. Returns whether there was one. */
  public boolean remove(String id) {
    return jdbc.sql(
                """
                WITH gone AS (DELETE FROM factory WHERE id = ? RETURNING *)
                INSERT INTO former_factory AS f (factory, recipients, signing_keys, any_device, revocation_ceiling)
                SELECT id, recipients, signing_keys, any_device, revocation_ceiling FROM gone
                ON CONFLICT (factory) DO UPDATE
                   SET (recipients, signing_keys, any_device, revocation_ceiling)
                     = (excluded.recipients, excluded.signing_keys, excluded.any_device, excluded.revocation_ceiling)\
                """)
            .param(id)
            .update()
        == 1;
  }

  private static Factory factory(ResultSet row, int number) throws SQLException {
    String deliver = row.getString("deliver");
    String ceiling = row.getString("revocation_ceiling");
    Long tokenSeconds = row.getObject("token_seconds", Long.class);
    return new Factory(
        row.getString("id"),
        texts(row, "recipients").map(AgeRecipient::new).toList(),
        texts(row, "hubs").toList(),
        texts(row, "signing_keys").map(SigningKey::new).toList(),
        row.getBoolean("any_device"),
        row.getString("max_rejects"),
        tokenSeconds == null ? null : Duration.ofSeconds(tokenSeconds),
        deliver == null ? null : DeliveryPlace.valueOf(deliver),
        ceiling == null ? null : Ceiling.valueOf(ceiling),
        row.getBoolean("updates"),
        row.getString("contact"),
        Optional.ofNullable(row.getString("contact_language")).flatMap(Language::of).orElse(null),
        new Admission(
            row.getBoolean("suspended"),
            row.getObject("valid_until", LocalDate.class),
            row.getObject("max_devices", Long.class),
            row.getObject("max_devices_a_day", Long.class)));
  }

  private static Stream<String> texts(ResultSet row, String column) throws SQLException {
    return Arrays.stream((String[]) row.getArray(column).getArray());
  }
}
