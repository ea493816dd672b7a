package dev.muster.factory;

import dev.muster.bundle.AgeRecipient;
import dev.muster.bundle.Recipients;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Tells the module of bundles, which knows no factories, to whom theirs are encrypted. */
@Component
class FactoryRecipients implements Recipients {

  private final Factories factories;

  FactoryRecipients(Factories factories) {
    this.factories = factories;
  }

  @Override
  public Optional<List<AgeRecipient>> of(String factory) {
    return factories.find(factory).map(Factory::recipients);
  }
}
