package dev.muster.registry;

import dev.muster.language.Words;
import dev.muster.registry.Installations.Installation;
import org.jspecify.annotations.Nullable;

/** What who installed a device is told, in the reader's language. */
public final class InstallationWords {

  private final Words words;

  public InstallationWords(Words words) {
    this.words = words;
  }

  /** What was done. */
  public String sentence(Installation done) {
    String place = place(done.device());
    if (place == null) {
      return done.registered()
          ? words.of("technician.done.registered-nowhere")
          : words.of("technician.done.known-nowhere");
    }
    return done.registered()
        ? words.of("technician.done.registered", place)
        : words.of("technician.done.known", place);
  }

  /** Where it is; null: that is not known. */
  public @Nullable String place(InstalledDevice device) {
    String building = device.building();
    String room = device.room();
    if (building == null) {
      return room == null ? null : words.of("technician.place.room", room);
    }
    return room == null
        ? words.of("technician.place.building", building)
        : words.of("technician.place.both", building, room);
  }
}
