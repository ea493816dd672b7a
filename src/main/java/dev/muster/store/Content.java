package dev.muster.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about a file when it was received. Kept as JSON beside its content.
 *
 * @param file where the content lies, unpacked and in UTF-8; nothing lies there when it was refused
 * @param sha256AsSent of the file as it was sent: what senders announce, and sign
 * @param bytesAsSent how long it was
 * @param received null when it was refused
 * @param refusal why it can't be taken as a whole; null when it can
 */
public record Content(
    @JsonIgnore Path file,
    String sha256AsSent,
    long bytesAsSent,
    @Nullable ReceivedManifest received,
    @Nullable Refusal refusal) {

  /** Why it was refused, as a sentence. */
  public record Refusal(RefusalCode code, String sentence) {}

  /**
   * The SHA-256 of the content, which is its identity, however it was packed. What was refused has
   * that of the file as it was sent: so its run exists, is refused in its first step, and is found
   * in the history.
   */
  public String sha256() {
    return received == null ? sha256AsSent : received.sha256();
  }

  /**
   * What was received.
   *
   * @throws ManifestRefusedException when it was refused
   */
  public ReceivedManifest orRefused() throws ManifestRefusedException {
    if (refusal != null) {
      throw new ManifestRefusedException(refusal.code(), refusal.sentence());
    }
    return Objects.requireNonNull(received);
  }

  Content at(Path place) {
    return new Content(place, sha256AsSent, bytesAsSent, received, refusal);
  }
}
