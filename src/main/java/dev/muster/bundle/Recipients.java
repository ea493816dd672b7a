package dev.muster.bundle;

import java.util.List;
import java.util.Optional;

/** To whom a factory's bundles are encrypted. */
public interface Recipients {

  /** Its keys as they are now; empty when there is no such factory. */
  Optional<List<AgeRecipient>> of(String factory);
}
