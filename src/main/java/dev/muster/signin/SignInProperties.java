package dev.muster.signin;

import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
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
 * @param nameClaim what an account is called, in the console and in the audit
 * @param sessionAge after this long one signs in anew, however busy
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
    @DefaultValue("preferred_username") String nameClaim,
    @DefaultValue("12h") @DurationMin(minutes = 1) Duration sessionAge,
    @DefaultValue("60") @Min(1) int times,
    @DefaultValue("5m") @DurationMin(seconds = 1) Duration within) {

  SignInProperties {
    if (issuer != null && (clientId == null || clientId.isBlank())) {
      throw new IllegalArgumentException(
          "muster.sign-in.issuer is set, but muster.sign-in.client-id is not: Muster must be"
              + " registered at the provider.");
    }
  }

  /** Without the client's secret. */
  @Override
  public String toString() {
    return "SignInProperties[" + issuer + ", " + clientId + "]";
  }
}
