package dev.muster.upload;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.Sender;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.SignedFile.NotSignedException;
import dev.muster.factory.SigningKey;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.FactoryLimits;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.revocation.RevocationProperties;
import dev.muster.upload.UploadFiles.Stored;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;

/**
 * Takes a file in, whatever is done with it afterwards: it must be whole, of a factory that there
 * is, and signed when that factory signs. The arrival is checked once more when its turn comes; who
 * is still there hears of it now.
 */
@Component
@EnableConfigurationProperties(UploadProperties.class)
class ReceivedUploads {

  private final Factories factories;
  private final UploadFiles files;
  private final Inbox inbox;
  private final UploadProperties properties;
  private final ProvisioningProperties provisioning;
  private final RevocationProperties revocations;
  private final FactoryLimits limits;
  private final Clock clock;

  ReceivedUploads(
      Factories factories,
      UploadFiles files,
      Inbox inbox,
      UploadProperties properties,
      ProvisioningProperties provisioning,
      RevocationProperties revocations,
      FactoryLimits limits,
      Clock clock) {
    this.factories = factories;
    this.files = files;
    this.inbox = inbox;
    this.properties = properties;
    this.provisioning = provisioning;
    this.revocations = revocations;
    this.limits = limits;
    this.clock = clock;
  }

  /** What it takes to send such a thing. */
  static Permission sends(ArrivalKind kind) {
    return switch (kind) {
      case MANIFEST -> Permission.MANIFEST_SEND;
      case REVOCATIONS -> Permission.LIST_SEND;
    };
  }

  List<String> factories(ArrivalKind kind) {
    return factories.all().stream()
        .map(Factory::id)
        .filter(id -> Callers.current().sees(sends(kind), id))
        .toList();
  }

  /**
   * Stores what is sent.
   *
   * @throws IOException when the sender breaks off
   */
  Stored take(ArrivalKind kind, Upload upload) throws IOException {
    Factory factory = sender(kind, upload.factory(), upload.signature());
    limits.mayAskFor(upload.updates(), upload.factory());
    Stored stored =
        files.store(
            upload.content(),
            properties.maxSize().toBytes(),
            mostContentBytes(kind),
            kind.format(factories.format(factory.id())));
    boolean fine = false;
    try {
      check(kind, upload, factory.signingKeys(), stored);
      fine = true;
      return stored;
    } finally {
      if (!fine) {
        files.remove(stored.id());
      }
    }
  }

  /** Who sends such a thing, if it may. */
  Factory sender(ArrivalKind kind, String id, @Nullable String signature) {
    Callers.mustSee(sends(kind), id);
    Factory factory =
        factories
            .find(id)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "There is no factory '%s'. An operator must add it first.".formatted(id)));
    if (factory.signs() && signature == null) {
      throw new RefusedException(
          "Factory '%s' signs what it sends, and no signature came with this file. Send the time and the signature with it."
              .formatted(factory.id()));
    }
    return factory;
  }

  private long mostContentBytes(ArrivalKind kind) {
    return switch (kind) {
      case MANIFEST -> provisioning.maxManifestSize().toBytes();
      case REVOCATIONS -> revocations.maxListSize().toBytes();
    };
  }

  /** Puts an upload in the inbox, once however often this is called. */
  long arrive(
      ArrivalKind kind,
      UUID id,
      String factory,
      String fileName,
      String sha256,
      long bytes,
      @Nullable Long announcedRows,
      @Nullable String signature,
      Sender sender,
      @Nullable Updates updates) {
    boolean unused =
        inbox.receive(
            new NewArrival(
                kind,
                Uploads.SOURCE,
                id.toString(),
                factory,
                fileName,
                UploadPlace.location(id),
                null,
                bytes,
                new Said(sha256, announcedRows, signature, sender, updates)));
    return inbox.find(Uploads.SOURCE, id.toString()).orElseThrow();
  }

  private void check(ArrivalKind kind, Upload upload, List<SigningKey> keys, Stored stored) {
    String announced = upload.announcedSha256();
    if (announced != null && !announced.equals(stored.content().sha256AsSent())) {
      throw new RefusedException(
          "The file that came has the SHA-256 %s, but %s was announced. It was changed on its way, or another was meant; send it again."
              .formatted(stored.content().sha256AsSent(), shown(announced)));
    }
    String signature = upload.signature();
    if (!keys.isEmpty() && signature != null) {
      try {
        Instant unused =
            kind.signed(upload.factory(), stored.content().sha256AsSent())
                .check(keys, signature.getBytes(StandardCharsets.UTF_8), clock.instant());
      } catch (NotSignedException e) {
        throw new RefusedException(String.valueOf(e.getMessage()));
      }
    }
  }

  private static String shown(String announced) {
    return announced.matches("[0-9a-f]{64}") ? announced : "something that is none";
  }
}
