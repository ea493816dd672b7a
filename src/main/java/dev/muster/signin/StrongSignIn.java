package dev.muster.signin;

import dev.muster.access.Role;
import dev.muster.signin.SignInProperties.Strength;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserRequest;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.userinfo.OAuth2UserService;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;

/** Lets in whom the provider has made sure of as strongly as the account's roles want it. */
final class StrongSignIn implements OAuth2UserService<OidcUserRequest, OidcUser> {

  /** As RFC 9470 calls it. */
  static final String TOO_WEAK = "insufficient_user_authentication";

  private static final Logger LOG = LoggerFactory.getLogger(StrongSignIn.class);

  private final OidcUserService users = new OidcUserService();
  private final Accounts accounts;
  private final Map<String, Strength> required;

  StrongSignIn(Accounts accounts, SignInProperties properties) {
    this.users.setOauth2UserService(ProviderCalls.people());
    this.accounts = accounts;
    this.required = properties.required();
  }

  @Override
  public OidcUser loadUser(OidcUserRequest request) {
    OidcUser user = Objects.requireNonNull(users.loadUser(request));
    // What the provider signed, and not what it says elsewhere.
    Map<String, Object> signed = user.getIdToken().getClaims();
    List<Role> roles = accounts.roles(user.getClaims());
    Optional<Strength> lacking =
        Stream.concat(Stream.of(SignInProperties.ALL), roles.stream().map(Role::word))
            .flatMap(who -> Optional.ofNullable(required.get(who)).stream())
            .filter(strength -> !strength.isThatOf(signed))
            .findFirst();
    if (lacking.isPresent()) {
      LOG.warn(
          "sign-in=too-weak account={} acr={} amr={} required={}",
          user.getSubject(),
          signed.get("acr"),
          signed.get("amr"),
          lacking.get());
      throw new OAuth2AuthenticationException(
          new OAuth2Error(TOO_WEAK, "The account's roles want a stronger sign-in.", null));
    }
    return user;
  }
}
