package dev.muster.arrival;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A place that can be told at once of what came to lie in it, before it looks itself. */
public interface NoticedPlace extends Place {

  /**
   * Something came to lie here. When this returns, it is in the inbox if it is a manifest.
   *
   * @param version which version of it, as the place tells them apart; null when the notice does
   *     not say
   * @throws IOException when that can't be told now; the notice must come again
   */
  void noticed(URI location, @Nullable String version) throws IOException;
}
