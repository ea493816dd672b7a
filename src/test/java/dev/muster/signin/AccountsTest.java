package dev.muster.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.access.Caller;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

/** What is read from what the identity provider says of an account. */
class AccountsTest {

  @Test
  void aTechnicianWorksInTheBuildingsThatItsProviderSays() {
    assertThat(caller(Map.of()).worksAt("7")).isTrue();
    assertThat(caller(Map.of()).worksAt(null)).isTrue();
    Caller some = caller(Map.of("sites", List.of("7", " Annex ")));
    assertThat(some.worksAt("7")).isTrue();
    assertThat(some.worksAt("annex")).isTrue();
    assertThat(some.worksAt("70")).isFalse();
    assertThat(some.worksAt(null)).isFalse();
    assertThat(some.signedInLongAgo().worksAt("70")).isFalse();
    assertThat(caller(Map.of("sites", "7")).worksAt("7")).isTrue();
    assertThat(caller(Map.of("sites", List.of())).worksAt("7")).isFalse();
    assertThat(caller(Map.of("sites", 7)).worksAt("7")).isFalse();
  }

  private static Caller caller(Map<String, Object> more) {
    SignInProperties properties =
        new SignInProperties(
            null,
            null,
            null,
            null,
            Set.of(),
            "roles",
            "factory",
            "sites",
            "name",
            Duration.ofHours(12),
            Duration.ofMinutes(10),
            Map.of(),
            60,
            Duration.ofMinutes(5));
    Jwt token =
        Jwt.withTokenValue("a")
            .header("alg", "none")
            .claim("iss", "https://provider.example")
            .subject("tess")
            .claim("roles", List.of("technician"))
            .claims(claims -> claims.putAll(more))
            .build();
    return new Accounts(properties, Clock.systemUTC())
        .caller(new JwtAuthenticationToken(token), "192.0.2.1")
        .orElseThrow();
  }
}
