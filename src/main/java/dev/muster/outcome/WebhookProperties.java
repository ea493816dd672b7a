package dev.muster.outcome;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/** Who is told events over HTTP. */
@Validated
@ConfigurationProperties("muster.webhooks")
record WebhookProperties(@DefaultValue List<@Valid Hook> hooks) {

  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  WebhookProperties {
    hooks = List.copyOf(hooks);
  }

  @AssertTrue(message = "two webhooks have the same name")
  boolean isNamedApart() {
    return hooks.stream().map(Hook::name).distinct().count() == hooks.size();
  }

  @AssertTrue(message = "no webhook can be called mail")
  boolean isNoMail() {
    return hooks.stream().noneMatch(hook -> ToldNotifications.MAIL.equals(hook.name()));
  }

  /**
   * One who is told.
   *
   * @param url https, or http on this machine; never shown but for its host, as it may hold a
   *     secret
   * @param secrets as Standard Webhooks writes them, {@code whsec_} and 24 to 64 bytes in Base64,
   *     the current one first; each signs, so that a receiver can change from one to the other
   * @param types of the events, whole or with {@code *} at the end; empty: all
   * @param factory whose events alone; null: all factories', and those that are no factory's
   * @see <a
   *     href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
   *     Webhooks</a>
   */
  record Hook(
      @NotNull @Pattern(regexp = "[a-z0-9][a-z0-9-]{0,63}") String name,
      @NotNull URI url,
      @DefaultValue List<String> secrets,
      @DefaultValue List<String> types,
      @Nullable String factory) {

    Hook {
      secrets = List.copyOf(secrets);
      types = List.copyOf(types);
    }

    @AssertTrue(message = "url must be https://…, or http:// on this machine")
    boolean isSafe() {
      return url.getHost() != null
          && url.getUserInfo() == null
          && ("https".equalsIgnoreCase(url.getScheme())
              || ("http".equalsIgnoreCase(url.getScheme())
                  && THIS_MACHINE.contains(url.getHost())));
    }

    // By a question, as the others: what a constraint of a value refuses is printed with it.
    @AssertTrue(message = "give one to three secrets")
    boolean isOfAFewSecrets() {
      return !secrets.isEmpty() && secrets.size() <= 3;
    }

    @AssertTrue(message = "a secret is whsec_ and 24 to 64 bytes in Base64")
    boolean isSigned() {
      return secrets.stream().allMatch(Hook::strong);
    }

    private static boolean strong(String secret) {
      try {
        int bytes = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", "")).length;
        return secret.startsWith("whsec_") && bytes >= 24 && bytes <= 64;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    /** Whether it is told events of this type about this factory. */
    boolean wants(String type, @Nullable String about) {
      return (factory == null || factory.equals(about))
          && (types.isEmpty()
              || types.stream()
                  .anyMatch(
                      one ->
                          one.endsWith("*")
                              ? type.startsWith(one.substring(0, one.length() - 1))
                              : type.equals(one)));
    }

    /** Without its secrets, and without what of its address may be one. */
    @Override
    public String toString() {
      return "Hook[name=%s, host=%s]".formatted(name, url.getHost());
    }
  }
}
