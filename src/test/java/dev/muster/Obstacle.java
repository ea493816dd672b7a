package dev.muster;

import dev.muster.home.MusterHome;
import dev.muster.home.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** What lies where a bundle is to appear: its run is made up to there, and fails, until it goes. */
public final class Obstacle {

  private final Path place;

  private Obstacle(Path place) throws IOException {
    this.place = Files.createDirectories(place);
    Files.writeString(file(), "");
  }

  /** In the way of this bundle. */
  public static Obstacle to(MusterHome home, String factory, String bundle) throws IOException {
    return new Obstacle(home.outbox().resolve(factory).resolve(bundle));
  }

  /** In the way of the bundle of a manifest that is not compressed. */
  public static Obstacle to(MusterHome home, String factory, Path manifest) throws IOException {
    String sha256 = HexFormat.of().formatHex(Sha256.digest().digest(Files.readAllBytes(manifest)));
    String name = String.valueOf(manifest.getFileName()).replace(".csv", "");
    return to(home, factory, name + "-" + sha256.substring(0, 12));
  }

  public void remove() throws IOException {
    Files.delete(file());
    Files.delete(place);
  }

  private Path file() {
    return place.resolve("obstacle");
  }
}
