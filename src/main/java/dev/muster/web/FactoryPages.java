package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Admission;
import dev.muster.factory.Ceiling;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.factory.SigningKey;
import dev.muster.home.Sha256;
import dev.muster.language.Language;
import dev.muster.language.Words;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Who may send manifests, to whose keys bundles are encrypted, and within which limits. */
@Page
class FactoryPages {

  private final FactoryAdministration factories;
  private final Words words;

  FactoryPages(FactoryAdministration factories, Words words) {
    this.factories = factories;
    this.words = words;
  }

  /** What was typed into the form, as it was typed. Nothing of it is a secret. */
  record Typed(
      @Nullable String id,
      @Nullable String recipients,
      @Nullable List<String> hubs,
      @Nullable String signingKeys,
      @Nullable Boolean anyDevice,
      @Nullable String maxRejects,
      @Nullable String tokenDays,
      @Nullable DeliveryPlace deliver,
      @Nullable String ceiling,
      @Nullable Boolean updates,
      @Nullable String contact,
      @Nullable Language contactLanguage,
      @Nullable Boolean suspended,
      @Nullable String validUntil,
      @Nullable String maxDevices,
      @Nullable String maxDevicesADay) {

    static Typed of(Factory factory) {
      Duration lifetime = factory.tokenLifetime();
      return new Typed(
          factory.id(),
          factory.recipients().stream()
              .map(AgeRecipient::publicKey)
              .collect(Collectors.joining("\n")),
          factory.hubs(),
          factory.signingKeys().stream().map(SigningKey::base64).collect(Collectors.joining("\n")),
          factory.anyDevice(),
          factory.maxRejects(),
          lifetime == null ? null : days(lifetime),
          factory.deliver(),
          factory.ceiling() == null ? null : factory.ceiling().toString(),
          factory.updates(),
          factory.contact(),
          factory.contactLanguage(),
          factory.admission().suspended(),
          text(factory.admission().validUntil()),
          text(factory.admission().maxDevices()),
          text(factory.admission().maxDevicesADay()));
    }

    /**
     * The factory that this is.
     *
     * @throws IllegalArgumentException when it is none; says why
     */
    Factory factory(String name) {
      String keys = Typing.given(recipients);
      String lifetime = Typing.given(tokenDays);
      String limit = Typing.given(maxRejects);
      String most = Typing.given(ceiling);
      return new Factory(
          name,
          keys == null
              ? List.of()
              : Arrays.stream(keys.split("[\\s,]+")).map(AgeRecipient::new).toList(),
          hubs == null ? List.of() : hubs,
          signingKeys == null ? List.of() : SigningKey.all(signingKeys),
          Boolean.TRUE.equals(anyDevice),
          limit == null ? null : limit.replace(" ", ""),
          lifetime == null ? null : duration(lifetime),
          deliver,
          most == null ? null : Ceiling.valueOf(most),
          Boolean.TRUE.equals(updates),
          Typing.given(contact),
          contactLanguage,
          new Admission(
              Boolean.TRUE.equals(suspended),
              day(Typing.given(validUntil)),
              devices(Typing.given(maxDevices)),
              devices(Typing.given(maxDevicesADay))));
    }

    /** Tells it from what it is after somebody has changed it. */
    String digest() {
      return HexFormat.of()
          .formatHex(Sha256.digest().digest(toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static @Nullable String text(@Nullable Object value) {
      return value == null ? null : value.toString();
    }

    private static @Nullable LocalDate day(@Nullable String text) {
      try {
        return text == null ? null : LocalDate.parse(text);
      } catch (DateTimeParseException e) {
        throw new IllegalArgumentException(
            "'%s' is no day. Write it as 2027-12-31.".formatted(text), e);
      }
    }

    private static @Nullable Long devices(@Nullable String text) {
      if (text == null) {
        return null;
      }
      String number = text.replaceAll("[, ]", "");
      if (!number.matches("\\d{1,13}")) {
        throw new IllegalArgumentException(
            "'%s' is no number of devices. Write it as 100000.".formatted(text));
      }
      return Long.valueOf(number);
    }

    /** Whole days as their number; anything else in ISO 8601. */
    private static String days(Duration lifetime) {
      return lifetime.equals(Duration.ofDays(lifetime.toDays()))
          ? Long.toString(lifetime.toDays())
          : lifetime.toString();
    }

    private static Duration duration(String text) {
      try {
        return text.matches("\\d{1,5}")
            ? Duration.ofDays(Long.parseLong(text))
            : Duration.parse(text);
      } catch (DateTimeParseException e) {
        throw new IllegalArgumentException(
            "'%s' is no lifetime of tokens: give a number of days, such as 90, or ISO 8601, such as PT12H."
                .formatted(text),
            e);
      }
    }
  }

  @GetMapping("/factories")
  String all(Model model) {
    model.addAttribute("factories", factories.all());
    return "factories";
  }

  @GetMapping("/factories/add")
  String add(Model model) {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    return form(
        model,
        new Typed(
            null, null, null, null, false, null, null, null, null, false, null, null, false, null,
            null, null),
        null,
        null);
  }

  @PostMapping("/factories/add")
  String add(Typed typed, Model model, RedirectAttributes redirect) {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    try {
      Factory factory = typed.factory(Objects.requireNonNullElse(typed.id(), "").strip());
      factories.add(factory);
      redirect.addFlashAttribute("done", words.of("factories.done.added", factory.id()));
      return "redirect:/factories/" + factory.id();
    } catch (IllegalArgumentException | RefusedException e) {
      return form(model, typed, null, String.valueOf(e.getMessage()));
    }
  }

  @GetMapping("/factories/{id}")
  String one(@PathVariable String id, Model model) {
    model.addAttribute("factory", factory(id));
    model.addAttribute("sent", factories.sent(id));
    model.addAttribute("format", factories.format(id));
    return "factory";
  }

  @GetMapping("/factories/{id}/change")
  String change(@PathVariable String id, Model model) {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    Typed now = Typed.of(factory(id));
    model.addAttribute("was", now.digest());
    return form(model, now, id, null);
  }

  @PostMapping("/factories/{id}/change")
  String change(
      @PathVariable String id,
      Typed typed,
      @RequestParam(defaultValue = "") String was,
      Model model,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    try {
      factories.change(
          typed.factory(id), now -> was.isEmpty() || Typed.of(now).digest().equals(was));
      redirect.addFlashAttribute("done", words.of("factories.done.changed", id));
      return "redirect:/factories/" + id;
    } catch (IllegalArgumentException | RefusedException e) {
      model.addAttribute("was", was);
      return form(model, typed, id, String.valueOf(e.getMessage()));
    }
  }

  @GetMapping("/factories/{id}/remove")
  String remove(@PathVariable String id, Model model) {
    Callers.mustMay(Permission.FACTORY_ADMINISTER);
    model.addAttribute("factory", factory(id));
    model.addAttribute("sent", factories.sent(id));
    return "factory-remove";
  }

  @PostMapping("/factories/{id}/remove")
  String remove(@PathVariable String id, RedirectAttributes redirect) {
    factories.remove(id);
    redirect.addFlashAttribute("done", words.of("factories.done.removed", id));
    return "redirect:/factories";
  }

  /**
   * @param id of the factory that is changed; null: one is added
   */
  private String form(Model model, Typed typed, @Nullable String id, @Nullable String wrong) {
    List<String> configured = factories.hubNames();
    Set<String> hubs = new LinkedHashSet<>(configured);
    if (typed.hubs() != null) {
      hubs.addAll(typed.hubs());
    }
    model.addAttribute("configured", configured);
    model.addAttribute("typed", typed);
    model.addAttribute("id", id);
    model.addAttribute("hubs", hubs);
    model.addAttribute("wrong", wrong);
    return "factory-form";
  }

  private Factory factory(String id) {
    return factories.find(id).orElseThrow(() -> new NotThereException("factory", id));
  }
}
