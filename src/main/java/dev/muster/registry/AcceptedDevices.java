package dev.muster.registry;

import dev.muster.database.CopyTuples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The devices of a manifest that get tokens. The registry knows them; but reading back what was
 * loaded a second ago costs as much as signing the tokens, so chunks leave a copy in the spool, and
 * only when that is not complete to the device the registry is read.
 */
@Component
public class AcceptedDevices {

  private static final Logger LOG = LoggerFactory.getLogger(AcceptedDevices.class);

  /**
   * Unsorted: sorting a few hundred thousand longs here takes milliseconds; the database would sort
   * whole rows.
   */
  private static final String COPY_RANGE =
      """
      COPY (SELECT d.device_id, d.line, d.hub_id FROM device d
             WHERE d.manifest_id = %d AND d.line > %d AND d.line <= %d
               AND NOT EXISTS (SELECT FROM device_status s WHERE s.device_id = d.device_id AND s.state IS NOT NULL))
      TO STDOUT (FORMAT binary)
      """;

  /** Field count, then length and value of a uuid, an int4 and an int2. */
  private static final int UUID_AT = 6;

  private static final int LINE_AT = 26;
  private static final int HUB_AT = 34;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  AcceptedDevices(JdbcTemplate jdbcTemplate) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  /**
   * Leaves a copy of what a chunk brought; to be called in the chunk's transaction. When that comes
   * to nothing, so does the copy: another process may have brought the run to its end meanwhile,
   * and nobody would remove it.
   */
  public void spool(Path folder, DeviceChunk chunk) throws IOException {
    if (!chunk.isEmpty()) {
      Path file = SpooledDevices.write(folder, chunk);
      TransactionSynchronizationManager.registerSynchronization(
          new TransactionSynchronization() {
            @Override
            public void afterCompletion(int status) {
              if (status != STATUS_COMMITTED) {
                takeBack(folder, file);
              }
            }
          });
    }
  }

  private static void takeBack(Path folder, Path file) {
    try {
      SpooledDevices.remove(folder, file);
    } catch (IOException e) {
      LOG.warn("spool=left file={} cause={}", file, e.toString());
    }
  }

  /** Removes what the chunks of a run left. */
  public void removeSpooled(Path folder) throws IOException {
    SpooledDevices.remove(folder);
  }

  /**
   * The devices that the lines after {@code afterLine} up to and with {@code lastLine} brought, but
   * for those that were disabled or revoked since, in the order of the lines.
   */
  public DeviceRange read(Path folder, int manifestId, long afterLine, long lastLine)
      throws IOException {
    Set<UUID> shutOut = shutOut(manifestId, afterLine, lastLine);
    DeviceRange spooled =
        SpooledDevices.read(
            folder, afterLine, lastLine, losers(manifestId, afterLine, lastLine), shutOut);
    Loaded loaded = loaded(manifestId, afterLine, lastLine);
    long expected = loaded.devices() - shutOut.size();
    if (spooled.size() == expected && !loaded.others()) {
      return spooled;
    }
    LOG.info(
        "spool=incomplete manifest={} lines={}-{} spooled={} loaded={}: reading the registry",
        manifestId,
        afterLine + 1,
        lastLine,
        spooled.size(),
        expected);
    return fromRegistry(manifestId, afterLine, lastLine);
  }

  /**
   * What rows brought.
   *
   * @param others whether chunks left rows in the spool that brought no device: unchanged ones, and
   *     those that change one. Where chunks of other processes are missing, their number may be the
   *     same by chance
   */
  private record Loaded(long devices, boolean others) {}

  private Loaded loaded(int manifestId, long afterLine, long lastLine) {
    return jdbc.sql(
            """
            SELECT coalesce(sum(devices), 0) AS devices,
                   coalesce(sum(unchanged), 0) > 0
                   OR EXISTS (SELECT FROM device_update
                               WHERE manifest_id = :manifest AND line > :after AND line <= :last) AS others
              FROM loaded_lines
             WHERE manifest_id = :manifest AND first_line > :after AND last_line <= :last\
            """)
        .param("manifest", manifestId)
        .param("after", afterLine)
        .param("last", lastLine)
        .query(Loaded.class)
        .single();
  }

  /** The lines whose rows came as far as the registry, and were not taken. */
  private Set<Integer> losers(int manifestId, long afterLine, long lastLine) {
    return new HashSet<>(
        jdbc.sql(
                """
                SELECT line FROM reject
                 WHERE manifest_id = ? AND line > ? AND line <= ?
                   AND code IN ('DUPLICATE_IN_MANIFEST', 'ALREADY_REGISTERED', 'REVOKED_DEVICE', 'UNKNOWN_DEVICE')
                """)
            .params(manifestId, afterLine, lastLine)
            .query(Integer.class)
            .list());
  }

  private Set<UUID> shutOut(int manifestId, long afterLine, long lastLine) {
    return new HashSet<>(
        jdbc.sql(
                """
                SELECT d.device_id FROM device_status s JOIN device d USING (device_id)
                 WHERE s.state IS NOT NULL AND d.manifest_id = ? AND d.line > ? AND d.line <= ?
                """)
            .params(manifestId, afterLine, lastLine)
            .query(UUID.class)
            .list());
  }

  private DeviceRange fromRegistry(int manifestId, long afterLine, long lastLine) {
    Unsorted unsorted = new Unsorted();
    jdbcTemplate.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              CopyTuples.read(
                  connection,
                  COPY_RANGE.formatted(manifestId, afterLine, lastLine),
                  (message, offset) -> unsorted.add(ByteBuffer.wrap(message), offset));
              return true;
            });
    return unsorted.sorted();
  }

  /** Devices as they come, and the order of their lines. */
  private static final class Unsorted {

    private final DeviceRange devices = new DeviceRange();
    private long[] order = new long[1 << 14];

    void add(ByteBuffer tuple, int offset) {
      int line = tuple.getInt(offset + LINE_AT);
      if (devices.size() == order.length) {
        order = Arrays.copyOf(order, order.length * 2);
      }
      order[devices.size()] = ((long) line << Integer.SIZE) | devices.size();
      devices.add(
          tuple.getLong(offset + UUID_AT),
          tuple.getLong(offset + UUID_AT + Long.BYTES),
          tuple.getShort(offset + HUB_AT));
    }

    DeviceRange sorted() {
      Arrays.sort(order, 0, devices.size());
      DeviceRange sorted = new DeviceRange();
      for (int place = 0; place < devices.size(); place++) {
        int from = (int) order[place];
        sorted.add(devices.guidHigh(from), devices.guidLow(from), devices.hub(from));
      }
      return sorted;
    }
  }
}
