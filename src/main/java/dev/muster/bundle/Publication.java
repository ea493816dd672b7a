package dev.muster.bundle;

import dev.muster.store.Outbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes folders appear in the outbox: once, a receipt in them only with all that it tells of, and
 * so that it is known of each whether it may have appeared. What is to appear is put together
 * beside, in reach of whichever instance goes on with it.
 */
public interface Publication {

  /**
   * What is to appear.
   *
   * @param name what it is called until then
   * @param target below which key it appears
   * @param staged those of the staged files that belong to it: what each is called until then, by
   *     the name that it has from then on
   */
  record Appearance(String name, String target, Map<String, String> staged) {
    public Appearance {
      staged = Map.copyOf(staged);
    }
  }

  interface Filling {
    /** Writes all but the receipt. Returns the receipt as JSON. */
    String into(Path folder) throws IOException;
  }

  /** Below which key a factory's folder of that name appears. */
  static String outbox(String factory, String name) {
    return Outbox.BELOW + factory + "/" + name;
  }

  /** Makes the place where what is called so is put together. */
  void begin(String name) throws IOException;

  /** A folder here, in which files are written that are to be staged, under names of their own. */
  Path workplace(String name) throws IOException;

  /** Puts a file that was written there in reach of all; it is not there any more, or is shared. */
  void stage(String name, Path file) throws IOException;

  /** Whether such a file is staged, and whole. */
  boolean isStaged(String name, String file, long bytes) throws IOException;

  void unstage(String name, String file) throws IOException;

  /**
   * Settles whether what was intended, by an execution that was killed, is in somebody's hands: it
   * certainly is not, and does not appear any more unless its run goes on ({@link #once}); or it
   * appeared, or does so now.
   *
   * @return whether it certainly did not appear
   */
  boolean withhold(Appearance what, String receipt) throws IOException;

  /**
   * Makes it appear, and returns when a power cut could not undo that. What was intended before, by
   * an execution that was killed, is not filled again: it appears now, or it did and somebody may
   * have taken it away since.
   *
   * @param intended the receipt, when {@code intent} was committed before; null when not
   * @param intent commits, in a transaction of its own, that it is about to appear with this
   *     receipt
   * @throws IOException also when something else is in the way
   */
  void once(Appearance what, @Nullable String intended, Filling filling, Consumer<String> intent)
      throws IOException;

  void remove(String name) throws IOException;

  /**
   * Sees to it that what is put together can appear in a factory's folder.
   *
   * @throws IllegalStateException when it can't, with what to do
   */
  void check(String factory);
}
