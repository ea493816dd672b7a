package dev.muster.arrival;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A place that can be told at once of what came to lie in it, before it looks itself. */
public interface NoticedPlace extends Place {

  /**
   * Something came to lie here. When this returns, it is in the inbox if it is a manifest and its
   * sender is done with it; if that is not certain yet, it is looked at until it is.
   *
   * @throws IOException when that can't be told now; the notice must come again
   */
  void noticed(Notice notice) throws IOException;

  /**
   * What somebody says came to lie here.
   *
   * @param version which version of it, as the place tells them apart; null when the notice does
   *     not say
   * @param length of its content in bytes; null when the notice does not say
   * @param whole whether it was put there in one piece, so that its sender writes no more to it
   */
  record Notice(URI location, @Nullable String version, @Nullable Long length, boolean whole) {}
}
