package dev.muster.signin;

import java.net.http.HttpClient;
import java.time.Duration;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * What the provider is asked while somebody waits. By itself Spring Security waits for its tokens
 * and for what it says of a person without end, and the request's thread with it.
 */
final class ProviderCalls {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** The provider gives its tokens less quickly, and who signs in waits for nothing else. */
  private static final Duration PATIENCE_FOR_TOKENS = Duration.ofSeconds(15);

  private ProviderCalls() {}

  /** For what is got. */
  static RestTemplate template() {
    SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
    requests.setConnectTimeout(PATIENCE);
    requests.setReadTimeout(PATIENCE);
    return new RestTemplate(requests);
  }

  /** Asks for the tokens of who signs in, otherwise as Spring Security does. */
  static RestClientAuthorizationCodeTokenResponseClient tokens() {
    RestClientAuthorizationCodeTokenResponseClient tokens =
        new RestClientAuthorizationCodeTokenResponseClient();
    tokens.setRestClient(
        RestClient.builder()
            .requestFactory(untilTheEnd())
            .configureMessageConverters(
                converters -> {
                  converters.addCustomConverter(new FormHttpMessageConverter());
                  converters.addCustomConverter(
                      new OAuth2AccessTokenResponseHttpMessageConverter());
                })
            .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
            .build());
    return tokens;
  }

  /** Asks what the provider says of who signed in, otherwise as Spring Security does. */
  static DefaultOAuth2UserService people() {
    RestTemplate template = template();
    template.setErrorHandler(new OAuth2ErrorResponseErrorHandler());
    DefaultOAuth2UserService people = new DefaultOAuth2UserService();
    people.setRestOperations(template);
    return people;
  }

  /** Its read timeout is the answer's as a whole, body included. */
  private static ClientHttpRequestFactory untilTheEnd() {
    JdkClientHttpRequestFactory requests =
        new JdkClientHttpRequestFactory(HttpClient.newBuilder().connectTimeout(PATIENCE).build());
    requests.setReadTimeout(PATIENCE_FOR_TOKENS);
    return requests;
  }
}
