package dev.muster.bundle;

import dev.muster.home.FailureSentence;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A bundle can't be written or made to appear; the message says where, and what to do. */
final class PublicationException extends IllegalStateException {

  /** {@code why} is kept beside, not as the cause, so that this is the sentence that is said. */
  PublicationException(String message, @Nullable Exception why) {
    super(message);
    if (why != null) {
      addSuppressed(why);
    }
  }

  /** Something else has the place in which a bundle is to appear. */
  static PublicationException inTheWay(String address) {
    return new PublicationException(
        "%s is in the way: it holds another bundle. Move it elsewhere and restart this execution."
            .formatted(address),
        null);
  }

  /** What is said of a full disk names no file. */
  static PublicationException writing(Path file, Exception why) {
    return new PublicationException(
        "%s can't be written. %s See to that folder's disk and restart this execution."
            .formatted(file, FailureSentence.of(why)),
        why);
  }
}
