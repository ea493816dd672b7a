package dev.muster.kafka;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import tools.jackson.databind.JsonNode;

/** A factory says by a message that its devices have the tokens of a bundle. */
final class BundleConfirmation {

  static final String TYPE = "dev.muster.bundle.confirmed";

  private final DeliveredBundles bundles;
  private final Factories factories;

  BundleConfirmation(DeliveredBundles bundles, Factories factories) {
    this.bundles = bundles;
    this.factories = factories;
  }

  /**
   * Takes it down.
   *
   * @throws UnusableMessageException when it can never work
   */
  void confirm(String factory, CloudEvent event) {
    JsonNode id = event.data().path("id");
    if (!id.canConvertToInt()) {
      throw new UnusableMessageException(
          "data.id of the confirmation is %s; it must be the bundle's number, as its event or the API says it."
              .formatted(id.isMissingNode() ? "missing" : id));
    }
    if (factories.find(factory).filter(Factory::signs).isPresent()) {
      throw new UnusableMessageException(
          "Factory '%s' signs what it sends, and a confirmation in a message is not signed. Confirm by API or in the console."
              .formatted(factory));
    }
    boolean confirmed =
        Callers.get(
            Caller.arrival(factory, ManifestMessage.SOURCE.name()),
            () -> bundles.confirm(id.asInt()));
    if (!confirmed) {
      throw new UnusableMessageException(
          "Factory '%s' has no bundle %d.".formatted(factory, id.asInt()));
    }
  }
}
