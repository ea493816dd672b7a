package dev.muster.bundle;

import java.util.List;
import java.util.Optional;

/** To whom a factory's bundles are encrypted. */
public interface Recipients {

  Optional<List<AgeRecipient>> of(String factory);
}
