package dev.muster;

import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Admission;
import dev.muster.factory.Ceiling;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factory;
import dev.muster.factory.SigningKey;
import dev.muster.language.Language;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A factory of which something is said; all else of it is as of any. */
public final class TestFactory {

  private final String id;
  private final List<AgeRecipient> recipients;
  private List<String> hubs = List.of();
  private List<SigningKey> signingKeys = List.of();
  private boolean anyDevice;
  private @Nullable DeliveryPlace deliver;
  private @Nullable Ceiling ceiling;
  private boolean updates;
  private @Nullable String contact;
  private @Nullable Language contactLanguage;
  private @Nullable Duration tokenLifetime;
  private Admission admission = Admission.OPEN;

  private TestFactory(String id, List<AgeRecipient> recipients) {
    this.id = id;
    this.recipients = recipients;
  }

  /** With a key that nobody has. */
  public static TestFactory named(String id) {
    return new TestFactory(id, List.of(AgeIdentity.generate().recipient()));
  }

  public static TestFactory named(String id, List<AgeRecipient> recipients) {
    return new TestFactory(id, recipients);
  }

  public TestFactory hubs(String... names) {
    hubs = List.of(names);
    return this;
  }

  /** Signs what it sends with one of these keys. */
  public TestFactory signing(KeyPair... keys) {
    signingKeys =
        Stream.of(keys)
            .map(key -> Base64.getEncoder().encodeToString(key.getPublic().getEncoded()))
            .map(SigningKey::new)
            .toList();
    return this;
  }

  public TestFactory anyDevice(boolean any) {
    anyDevice = any;
    return this;
  }

  public TestFactory deliver(DeliveryPlace place) {
    deliver = place;
    return this;
  }

  public TestFactory ceiling(String text) {
    ceiling = Ceiling.valueOf(text);
    return this;
  }

  public TestFactory updates() {
    updates = true;
    return this;
  }

  public TestFactory contact(String text) {
    contact = text;
    return this;
  }

  public TestFactory contactLanguage(@Nullable Language language) {
    contactLanguage = language;
    return this;
  }

  public TestFactory tokenLifetime(@Nullable Duration lifetime) {
    tokenLifetime = lifetime;
    return this;
  }

  public TestFactory admission(Admission limits) {
    admission = limits;
    return this;
  }

  public Factory factory() {
    return new Factory(
        id,
        recipients,
        hubs,
        signingKeys,
        anyDevice,
        null,
        tokenLifetime,
        deliver,
        ceiling,
        updates,
        contact,
        contactLanguage,
        admission);
  }
}
