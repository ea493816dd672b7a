package dev.muster.signin;

import dev.muster.access.Caller;
import dev.muster.access.Role;
import dev.muster.factory.Factory;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.stereotype.Component;

/** Reads from what the identity provider says of an account who is calling. */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class Accounts {

  private static final Pattern SEPARATOR = Pattern.compile("\\.");
  private static final int LONGEST_NAME = 200;

  private final SignInProperties properties;
  private final Clock clock;

  Accounts(SignInProperties properties, Clock clock) {
    this.properties = properties;
    this.clock = clock;
  }

  /** Who is calling. Returns empty when nobody has signed in. */
  Optional<Caller> caller(@Nullable Authentication authentication, String remoteAddress) {
    if (authentication instanceof JwtAuthenticationToken token) {
      return Optional.of(caller(token.getToken().getClaims(), "api " + remoteAddress));
    }
    if (authentication != null && authentication.getPrincipal() instanceof OidcUser user) {
      Caller caller = caller(user.getClaims(), "console " + remoteAddress);
      Instant at = user.getAuthenticatedAt();
      return Optional.of(
          at != null && clock.instant().isBefore(at.plus(properties.fresh()))
              ? caller
              : caller.signedInLongAgo());
    }
    return Optional.empty();
  }

  private Caller caller(Map<String, Object> claims, String origin) {
    String factory = text(claim(claims, properties.factoryClaim()));
    Caller caller =
        Caller.account(
            name(claims),
            claims.get("iss") + " " + claims.get("sub"),
            origin,
            roles(claims),
            factory != null && Factory.isId(factory) ? factory : null);
    Object sites = claim(claims, properties.sitesClaim());
    return sites == null ? caller : caller.at(sites(sites));
  }

  /** One that is no list of names lets nobody work anywhere. */
  private static List<String> sites(Object claim) {
    return claim instanceof Collection<?> names
        ? names.stream().map(String::valueOf).toList()
        : claim instanceof String name ? List.of(name) : List.of();
  }

  List<Role> roles(Map<String, Object> claims) {
    return claim(claims, properties.rolesClaim()) instanceof Collection<?> words
        ? words.stream().flatMap(word -> Role.of(String.valueOf(word)).stream()).toList()
        : List.of();
  }

  private String name(Map<String, Object> claims) {
    String name =
        Objects.requireNonNullElseGet(
            text(claim(claims, properties.nameClaim())), () -> String.valueOf(claims.get("sub")));
    String oneLine = name.replaceAll("\\p{Cntrl}", " ");
    return oneLine.length() > LONGEST_NAME ? oneLine.substring(0, LONGEST_NAME) : oneLine;
  }

  /** A claim of this very name, or one that lies in an object. */
  private static @Nullable Object claim(Map<String, Object> claims, String path) {
    if (claims.containsKey(path)) {
      return claims.get(path);
    }
    Object found = claims;
    for (String name : SEPARATOR.splitAsStream(path).toList()) {
      found = found instanceof Map<?, ?> object ? object.get(name) : null;
    }
    return found;
  }

  private static @Nullable String text(@Nullable Object claim) {
    return claim instanceof String text && !text.isBlank() ? text.strip() : null;
  }
}
