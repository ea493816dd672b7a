package dev.muster.cli;

import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Admission;
import dev.muster.factory.Ceiling;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factory;
import dev.muster.factory.SigningKey;
import dev.muster.language.Language;
import dev.muster.manifest.RejectLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A factory's settings, each of them as far as it was said. */
final class FactoryOptions {

  enum Unset {
    HUB,
    SIGNING_KEY,
    MAX_REJECTS,
    TOKEN_LIFETIME,
    DELIVER,
    CEILING,
    CONTACT,
    CONTACT_LANGUAGE,
    VALID_UNTIL,
    MAX_DEVICES,
    MAX_DEVICES_A_DAY
  }

  @Option(
      names = "--recipient",
      arity = "1..*",
      paramLabel = "AGE_PUBLIC_KEY",
      description = "Who can open its bundles (age1…); one or more, and these are all.")
  private @Nullable List<String> recipients;

  @Option(
      names = "--hub",
      arity = "1..*",
      paramLabel = "NAME",
      description =
          "A hub at which its devices may be put; one or more, and these are all. Any when never"
              + " said.")
  private @Nullable List<String> hubs;

  @Option(
      names = "--signing-key",
      paramLabel = "FILE",
      description =
          "The Ed25519 public key (PEM) with which it signs what it sends by itself; then nothing"
              + " unsigned is taken from it. Two while it changes from one to the other.")
  private @Nullable List<Path> signingKeys;

  @Option(
      names = "--any-device",
      negatable = true,
      description = "Its revocation lists may name other factories' devices too.")
  private @Nullable Boolean anyDevice;

  @Option(
      names = "--max-rejects",
      paramLabel = "N|P%",
      converter = RejectLimitConverter.class,
      description =
          "How many rows of its manifests may be refused when nobody says; as configured for all"
              + " when never said.")
  private @Nullable RejectLimit maxRejects;

  @Option(
      names = "--token-lifetime",
      paramLabel = "ISO-8601",
      converter = TokenLifetimeConverter.class,
      description =
          "How long its devices' tokens live when nobody says, but for those that they exchange; as"
              + " configured for all when never said.")
  private @Nullable Duration tokenLifetime;

  @Option(
      names = "--deliver",
      paramLabel = "PLACE",
      description =
          "Where its bundles are brought: ${COMPLETION-CANDIDATES}; where it last sent when never"
              + " said. By API and in the console they are there in any case.")
  private @Nullable DeliveryPlace deliver;

  @Option(
      names = "--ceiling",
      paramLabel = "N|P%",
      description =
          "How many devices a revocation list of it may take out of service, or bring back, on one"
              + " person's word; as configured for all when never said.")
  private @Nullable String ceiling;

  @Option(
      names = "--update",
      negatable = true,
      description = "Its manifests change its devices that are there, when nobody says otherwise.")
  private @Nullable Boolean updates;

  @Option(
      names = "--contact",
      paramLabel = "TEXT",
      description = "Whom operators ask about it: a name, an address, a telephone number.")
  private @Nullable String contact;

  @Option(
      names = "--contact-language",
      paramLabel = "LANGUAGE",
      description =
          "The language of mails to its contact: ${COMPLETION-CANDIDATES}; English when never"
              + " said.")
  private @Nullable Language contactLanguage;

  @Option(
      names = "--suspended",
      negatable = true,
      description =
          "Nothing new is taken from it; its lists are, its devices renew their tokens, and what is"
              + " under way goes on.")
  private @Nullable Boolean suspended;

  @Option(
      names = "--valid-until",
      paramLabel = "YYYY-MM-DD",
      description = "The last day (UTC) on which new devices are taken from it.")
  private @Nullable LocalDate validUntil;

  @Option(
      names = "--max-devices",
      paramLabel = "N",
      description = "How many devices its manifests may bring in all; any number when never said.")
  private @Nullable Long maxDevices;

  @Option(
      names = "--max-devices-a-day",
      paramLabel = "N",
      description = "How many on one day (UTC); any number when never said.")
  private @Nullable Long maxDevicesADay;

  private final Set<Unset> unset = EnumSet.noneOf(Unset.class);

  FactoryOptions without(List<Unset> settings) {
    unset.addAll(settings);
    return this;
  }

  /**
   * The factory that this makes.
   *
   * @param before what it was; null: it is a new one
   * @throws ParameterException when it is none
   */
  Factory factory(String id, @Nullable Factory before, CommandLine commandLine) {
    if (before == null && recipients == null) {
      throw new ParameterException(
          commandLine, "Say with --recipient=AGE_PUBLIC_KEY who can open its bundles.");
    }
    try {
      Factory was = before == null ? new Factory(id, recipients(List.of()), null) : before;
      return new Factory(
          id,
          recipients(was.recipients()),
          Objects.requireNonNullElse(given(Unset.HUB, hubs, was.hubs()), List.of()),
          signingKeys(was.signingKeys()),
          given(anyDevice, was.anyDevice()),
          given(
              Unset.MAX_REJECTS,
              maxRejects == null ? null : maxRejects.toString(),
              was.maxRejects()),
          given(Unset.TOKEN_LIFETIME, tokenLifetime, was.tokenLifetime()),
          given(Unset.DELIVER, deliver, was.deliver()),
          given(Unset.CEILING, ceiling == null ? null : Ceiling.valueOf(ceiling), was.ceiling()),
          given(updates, was.updates()),
          given(Unset.CONTACT, contact, was.contact()),
          given(Unset.CONTACT_LANGUAGE, contactLanguage, was.contactLanguage()),
          admission(was.admission()));
    } catch (IOException e) {
      throw new ParameterException(
          commandLine, "The signing key can't be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine, e.getMessage(), e);
    }
  }

  private List<AgeRecipient> recipients(List<AgeRecipient> before) {
    return recipients == null ? before : recipients.stream().map(AgeRecipient::new).toList();
  }

  private List<SigningKey> signingKeys(List<SigningKey> before) throws IOException {
    List<SigningKey> said = null;
    if (signingKeys != null) {
      said = new ArrayList<>();
      for (Path file : signingKeys) {
        said.addAll(SigningKey.all(Files.readString(file)));
      }
    }
    return Objects.requireNonNullElse(given(Unset.SIGNING_KEY, said, before), List.of());
  }

  private Admission admission(Admission before) {
    return new Admission(
        given(suspended, before.suspended()),
        given(Unset.VALID_UNTIL, validUntil, before.validUntil()),
        given(Unset.MAX_DEVICES, maxDevices, before.maxDevices()),
        given(Unset.MAX_DEVICES_A_DAY, maxDevicesADay, before.maxDevicesADay()));
  }

  private <T> @Nullable T given(Unset setting, @Nullable T said, @Nullable T before) {
    if (!unset.contains(setting)) {
      return said == null ? before : said;
    }
    if (said != null) {
      throw new IllegalArgumentException(
          "%s is set and unset at once. Say one of them.".formatted(setting));
    }
    return null;
  }

  private static boolean given(@Nullable Boolean said, boolean before) {
    return said == null ? before : said;
  }
}
