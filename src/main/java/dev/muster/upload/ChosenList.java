package dev.muster.upload;

import dev.muster.export.Export.Part;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The revocation list that names each of the chosen devices, written as it is read, a part at a
 * time. What comes or goes meanwhile may be in it or not; from then on it is what it is.
 */
@SuppressWarnings("JdkObsolete") // SequenceInputStream takes no other
final class ChosenList implements Enumeration<InputStream> {

  private static final String HEADER = "device_id,action,reason,devices_behind\n";

  private final Chosen chosen;
  private final KnownDevices devices;
  private final LongConsumer found;
  private final Map<String, Long> byState = new TreeMap<>();
  private final Map<String, Long> untouched = new TreeMap<>();
  private boolean begun;
  private boolean ended;
  private @Nullable String after;
  private long seen;
  private long rows;

  /**
   * @param found is told now and then how many were found
   */
  ChosenList(Chosen chosen, KnownDevices devices, LongConsumer found) {
    this.chosen = chosen;
    this.devices = devices;
    this.found = found;
  }

  InputStream content() {
    return new SequenceInputStream(this);
  }

  /** How many rows were written. */
  long rows() {
    return rows;
  }

  Chosen.Count count() {
    return new Chosen.Count(byState, untouched);
  }

  @Override
  public boolean hasMoreElements() {
    return !ended;
  }

  @Override
  public InputStream nextElement() {
    StringBuilder some = new StringBuilder();
    if (!begun) {
      begun = true;
      some.append(HEADER);
    }
    next().forEach(device -> some.append(chosen.row(device)));
    return new ByteArrayInputStream(some.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Those of the next part to which it applies. */
  List<UUID> next() {
    List<UUID> some = new ArrayList<>();
    Part<KnownDevice, String> part =
        devices.find(chosen.devices(), after, KnownDevices.MOST_AT_ONCE);
    for (KnownDevice device : part.rows()) {
      String state = device.known() ? String.valueOf(device.state()) : "UNKNOWN";
      byState.merge(state, 1L, Long::sum);
      if (chosen.appliesTo(device.state())) {
        some.add(device.id());
      } else {
        untouched.merge(state, 1L, Long::sum);
      }
    }
    rows += some.size();
    seen += part.rows().size();
    found.accept(seen);
    after = part.next();
    ended = after == null;
    return some;
  }
}
