package dev.muster.credential.sas;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where devices are put by what is said of them.
 *
 * @param rules the first that is for a device counts
 * @param quarantine the hub of devices that no rule is for, or whose factory may use none of the
 *     hubs that theirs names; it gets no others. Null: there is none
 */
@Validated
@ConfigurationProperties("muster.placement")
record PlacementProperties(@DefaultValue List<@Valid Rule> rules, @Nullable String quarantine) {

  /**
   * A rule.
   *
   * @param column of manifests, known or not: {@code model}, {@code region}
   * @param values those it is for; {@code eu-*} is for all that begin with {@code eu-}
   * @param hubs among which a device is put by weight
   */
  record Rule(
      @NotBlank String column,
      @NotEmpty List<@NotBlank String> values,
      @NotEmpty List<@NotBlank String> hubs) {

    boolean isFor(@Nullable String value) {
      return value != null
          && values.stream()
              .anyMatch(
                  one ->
                      one.endsWith("*")
                          ? value.startsWith(one.substring(0, one.length() - 1))
                          : value.equals(one));
    }
  }

  PlacementProperties {
    rules = List.copyOf(rules);
  }

  /**
   * @throws IllegalStateException when a hub is named that is not configured, or devices have
   *     nowhere to go
   */
  void check(Hubs hubs) {
    Stream.concat(
            rules.stream().flatMap(rule -> rule.hubs().stream()), Stream.ofNullable(quarantine))
        .filter(name -> hubs.find(name).isEmpty())
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalStateException(
                  "muster.placement: there is no hub '%s' under muster.hubs. There are: %s."
                      .formatted(
                          name, String.join(", ", hubs.all().stream().map(Hub::name).toList())));
            });
    for (Rule rule : rules) {
      if (hubs.accepting().stream().map(Hub::name).noneMatch(rule.hubs()::contains)) {
        throw new IllegalStateException(
            "muster.placement: all hubs of the rule for %s are draining, so its devices have nowhere to go. Name another."
                .formatted(rule.column()));
      }
    }
    if (quarantine != null
        && hubs.accepting().stream().map(Hub::name).allMatch(Set.of(quarantine)::contains)) {
      throw new IllegalStateException(
          "muster.placement.quarantine: '%s' is the only hub that takes devices. Add another under muster.hubs."
              .formatted(quarantine));
    }
  }
}
