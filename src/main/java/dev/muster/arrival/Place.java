package dev.muster.arrival;

import dev.muster.factory.DeliveryPlace;
import dev.muster.store.Content;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of place where manifests lie before they are provisioned, and where their senders look for
 * the answer.
 */
public interface Place {

  /** Whether locations like this one are here. */
  boolean holds(URI location);

  /**
   * The content where it was received before the arrival was written down; it stays there. Empty
   * where it is fetched first.
   */
  default Optional<Content> received(Arrival arrival) throws IOException {
    return Optional.empty();
  }

  /**
   * Copies an arrival's content to a file, as a stream, whatever its size.
   *
   * @param target does not exist yet; may be left half written when this throws
   * @param mostBytes what is known to be longer is refused unread; see {@link
   *     ArrivalRefusedException#ifLonger}
   * @throws ArrivalRefusedException when it can never be had: gone, replaced since it arrived, or
   *     too long
   * @throws IOException when it can't be had now; it is tried again later
   */
  void fetch(Arrival arrival, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException;

  /**
   * The detached signature that lies beside the content, when there is one.
   *
   * @throws IOException when that can't be told now
   */
  Optional<byte[]> signature(Arrival arrival) throws IOException;

  /**
   * Tells the sender. May be called again for the same answer when the process died in between, and
   * again with another answer when an operator has retried a failed arrival.
   *
   * @return where the sender finds the bundle, or what is said in its place; null when there is
   *     nothing to find
   * @throws IOException when it can't be done now; it is tried again later
   */
  @Nullable URI answer(Arrival arrival, Answer answer) throws IOException;

  /** What factories call this place that want their bundles here; null: none can. */
  default @Nullable DeliveryPlace name() {
    return null;
  }

  /**
   * Brings a bundle that answers no arrival (a renewal, a rotation, a move) to a factory that sends
   * here. May be called again for the same bundle when the process died in between; its receipt
   * appears when all else is there.
   *
   * @param bundle the folder of the outbox in which it lies whole
   * @return where the factory finds it; null when this place has nowhere to put it
   * @throws IOException when it can't be done now; it is tried again later
   */
  default @Nullable URI deliver(String factory, Folder bundle) throws IOException {
    return null;
  }
}
