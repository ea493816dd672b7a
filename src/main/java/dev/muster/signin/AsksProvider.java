package dev.muster.signin;

import jakarta.servlet.http.HttpServletRequest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;

/** What the provider is asked beside who it is: how strongly, and to ask for it anew. */
final class AsksProvider implements OAuth2AuthorizationRequestResolver {

  /** Of the address that leads to the provider: who has signed in there does so again. */
  static final String AGAIN = "again";

  private final OAuth2AuthorizationRequestResolver asked;
  private final SignInProperties properties;

  AsksProvider(OAuth2AuthorizationRequestResolver asked, SignInProperties properties) {
    this.asked = asked;
    this.properties = properties;
  }

  @Override
  public @Nullable OAuth2AuthorizationRequest resolve(HttpServletRequest request) {
    return more(request, asked.resolve(request));
  }

  @Override
  public @Nullable OAuth2AuthorizationRequest resolve(HttpServletRequest request, String client) {
    return more(request, asked.resolve(request, client));
  }

  private @Nullable OAuth2AuthorizationRequest more(
      HttpServletRequest request, @Nullable OAuth2AuthorizationRequest plain) {
    if (plain == null) {
      return null;
    }
    Map<String, Object> more = new HashMap<>();
    if (request.getParameter(AGAIN) != null) {
      more.put("prompt", "login");
      more.put("max_age", Long.toString(properties.fresh().toSeconds()));
    }
    String acr = String.join(" ", properties.acrValues());
    if (!acr.isEmpty()) {
      more.put("acr_values", acr);
    }
    return more.isEmpty()
        ? plain
        : OAuth2AuthorizationRequest.from(plain)
            .additionalParameters(parameters -> parameters.putAll(more))
            .build();
  }
}
