package dev.muster.signin;

import dev.muster.access.Role;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Organisational accounts.
 *
 * @param issuer of the OpenID Connect provider, such as {@code
 *     https://login.microsoftonline.com/<tenant>/v2.0}; null: nobody signs in
 * @param clientId as which Muster is registered there
 * @param clientSecret the client's secret; null: a public client, with PKCE alone
 * @param audience what an API token's {@code aud} must contain; null: the client id
 * @param rolesClaim where an account's roles stand; full stops lead into objects, as in {@code
 *     realm_access.roles}
 * @param factoryClaim where the factory of a {@code factory} account stands
 * @param sitesClaim where the buildings stand in which a technician works, a list of names; an
 *     account without it works anywhere
 * @param nameClaim what an account is called, in the console and in the audit
 * @param sessionAge after this long one signs in anew, however busy
 * @param fresh for so long after signing in one may do what can't be undone; later one signs in
 *     again for it
 * @param required how strongly accounts must have signed in at the provider: {@link #ALL}, and
 *     those of each role, by its word
 * @param times attempts to sign in from one address {@code within} this time
 */
@Validated
@ConfigurationProperties("muster.sign-in")
record SignInProperties(
    @Nullable URI issuer,
    @Nullable String clientId,
    @Nullable String clientSecret,
    @Nullable String audience,
    @DefaultValue({"openid", "profile"}) Set<String> scopes,
    @DefaultValue("roles") String rolesClaim,
    @DefaultValue("factory") String factoryClaim,
    @DefaultValue("sites") String sitesClaim,
    @DefaultValue("preferred_username") String nameClaim,
    @DefaultValue("12h") @DurationMin(minutes = 1) Duration sessionAge,
    @DefaultValue("10m") @DurationMin(minutes = 1) Duration fresh,
    Map<String, Strength> required,
    @DefaultValue("60") @Min(1) int times,
    @DefaultValue("5m") @DurationMin(seconds = 1) Duration within) {

  /** Whom {@code required} may name beside the roles. */
  static final String ALL = "all";

  /**
   * How strongly the provider must have made sure of somebody; it is that of a token that has one
   * of each that is not empty.
   *
   * @param acr authentication context classes
   * @param amr authentication methods (RFC 8176), such as {@code mfa}
   */
  record Strength(@DefaultValue List<String> acr, @DefaultValue List<String> amr) {

    boolean isThatOf(Map<String, Object> claims) {
      return (acr.isEmpty() || acr.contains(String.valueOf(claims.get("acr"))))
          && (amr.isEmpty()
              || (claims.get("amr") instanceof Collection<?> methods
                  && methods.stream().anyMatch(method -> amr.contains(String.valueOf(method)))));
    }
  }

  SignInProperties {
    required = required == null ? Map.of() : Map.copyOf(required);
    for (String who : required.keySet()) {
      if (!who.equals(ALL) && Role.of(who).isEmpty()) {
        throw new IllegalArgumentException(
            "muster.sign-in.required.%s: there is no role '%s'; it is all, or one of %s."
                .formatted(
                    who,
                    who,
                    Arrays.stream(Role.values())
                        .map(Role::word)
                        .collect(Collectors.joining(", "))));
      }
    }
    if (issuer != null && (clientId == null || clientId.isBlank())) {
      throw new IllegalArgumentException(
          "muster.sign-in.issuer is set, but muster.sign-in.client-id is not: Muster must be"
              + " registered at the provider.");
    }
  }

  /** All that are required of anybody; the provider is asked for them. */
  List<String> acrValues() {
    return required.values().stream().flatMap(one -> one.acr().stream()).distinct().toList();
  }

  /** Without the client's secret. */
  @Override
  public String toString() {
    return "SignInProperties[" + issuer + ", " + clientId + "]";
  }
}
