package dev.muster.provisioning;

import dev.muster.bundle.AgeRecipient;
import dev.muster.bundle.BundlePart;
import dev.muster.bundle.BundlePartWriter;
import dev.muster.credential.SigningKeys;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.registry.BundleParts;
import dev.muster.registry.DeviceRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;

/**
 * Writes parts of bundles. Tokens are a function of device, hub, key and expiry, so a part can be
 * thrown away and made again at any time.
 */
@Component
public class TokenParts {

  private final Factories factories;
  private final BundleFolder folder;

  TokenParts(Factories factories, BundleFolder folder) {
    this.factories = factories;
    this.folder = folder;
  }

  /**
   * Writes one part to the bundle's staging folder, for the factory alone.
   *
   * @param parts how many the bundle has
   * @throws IllegalStateException when the factory was removed, or a hub or key is not configured
   */
  public BundleParts.Part write(
      StepExecution step,
      String bundle,
      String factory,
      int parts,
      DeviceRange devices,
      SigningKeys.Issuers issuers)
      throws IOException {
    int number = PartitionNumber.of(step);
    String name = BundlePartWriter.partName(number, parts);
    // Of this execution only: one that was taken for dead may still be writing, and its files must
    // not be taken for ours.
    String staged = step.getJobExecutionId() + "-" + name;
    Path file = folder.staging(bundle).resolve(staged);
    Files.deleteIfExists(file);
    try (BundlePartWriter writer =
        new BundlePartWriter(file, recipients(factory), issuers.columns())) {
      for (int place = 0; place < devices.size(); place++) {
        writer.add(devices.guidHigh(place), devices.guidLow(place), issuers.of(devices.hub(place)));
      }
      BundlePart part = writer.finish();
      return new BundleParts.Part(
          number, name, staged, part.sha256(), part.bytes(), part.devices());
    }
  }

  private List<AgeRecipient> recipients(String factory) {
    return factories
        .find(factory)
        .map(Factory::recipients)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Factory '%s' was removed. Add it again and restart this execution."
                        .formatted(factory)));
  }
}
