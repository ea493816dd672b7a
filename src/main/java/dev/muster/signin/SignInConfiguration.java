package dev.muster.signin;

import static org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter.DEFAULT_AUTHORIZATION_REQUEST_BASE_URI;

import dev.muster.access.Permission;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;

/**
 * Which way in asks for what: devices show their own token, the REST API wants a bearer token,
 * people sign in. Whatever is not named here is the console's, and wants a signed-in account.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@EnableConfigurationProperties(SignInProperties.class)
class SignInConfiguration {

  /** No script and no style but our own files, and nothing from elsewhere. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
          + " connect-src 'self'; font-src 'self'; manifest-src 'self'; media-src 'self' blob:;"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private static final AuthenticationEntryPoint PROBLEM = new BearerTokenProblem();

  /** Tells a program which provider's tokens are taken (RFC 9728). */
  private static final String METADATA = "/.well-known/oauth-protected-resource/**";

  private static final String PERMISSIONS_POLICY =
      "camera=(self), clipboard-write=(self), geolocation=(), microphone=(), payment=(), usb=()";

  /** Devices authenticate by their tokens, which the exchange checks itself. */
  @Bean
  @Order(10)
  SecurityFilterChain devices(HttpSecurity http) {
    return http.securityMatcher("/device/**")
        .csrf(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .requestCache(AbstractHttpConfigurer::disable)
        .headers(AbstractHttpConfigurer::disable)
        .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
        .build();
  }

  /** Programs bring a bearer token with each call; there is no session that could be ridden. */
  @Bean
  @Order(20)
  SecurityFilterChain api(HttpSecurity http, Provider provider, Accounts accounts) {
    return http.securityMatcher("/api/**", "/actuator/**", METADATA)
        .csrf(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .requestCache(AbstractHttpConfigurer::disable)
        .oauth2ResourceServer(
            server ->
                server
                    .jwt(jwt -> jwt.decoder(new UnlessConfigured(provider)))
                    .authenticationEntryPoint(PROBLEM))
        .exceptionHandling(errors -> errors.authenticationEntryPoint(PROBLEM))
        .authorizeHttpRequests(
            requests ->
                requests
                    .requestMatchers("/actuator/health", "/actuator/health/**", METADATA)
                    .permitAll()
                    .requestMatchers("/actuator/prometheus")
                    .access(
                        (authentication, context) ->
                            new AuthorizationDecision(
                                fromThisMachine(context)
                                    || accounts
                                        .caller(authentication.get(), "")
                                        .filter(caller -> caller.may(Permission.EXECUTION_READ))
                                        .isPresent()))
                    .requestMatchers("/actuator/**")
                    .denyAll()
                    .anyRequest()
                    .authenticated())
        .headers(headers -> headers.frameOptions(frame -> frame.deny()))
        .addFilterAfter(new CallerFilter(accounts), AuthorizationFilter.class)
        .build();
  }

  /** People, with a session. */
  @SuppressWarnings(
      "NullAway") // a request that was kept needs no mark in the URL: null, as documented
  @Bean
  @Order(30)
  SecurityFilterChain console(
      HttpSecurity http,
      Provider provider,
      Accounts accounts,
      ClientRegistrationRepository clients,
      SignInProperties properties,
      Clock clock) {
    DefaultOAuth2AuthorizationRequestResolver requests =
        new DefaultOAuth2AuthorizationRequestResolver(
            clients, DEFAULT_AUTHORIZATION_REQUEST_BASE_URI);
    requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
    HttpSessionRequestCache asked = new HttpSessionRequestCache();
    asked.setRequestMatcher(SignInConfiguration::isPage);
    asked.setMatchingRequestParameterName(null);
    return http.requestCache(cache -> cache.requestCache(asked))
        .oauth2Login(
            login ->
                login
                    .clientRegistrationRepository(clients)
                    .authorizationEndpoint(end -> end.authorizationRequestResolver(requests))
                    .failureUrl(SignInPages.FAILED))
        .logout(logout -> logout.logoutSuccessUrl(SignInPages.SIGNED_OUT))
        .exceptionHandling(
            errors ->
                errors.authenticationEntryPoint(
                    (request, response, why) -> signIn(provider, request, response, why)))
        .authorizeHttpRequests(
            paths ->
                paths
                    .requestMatchers(
                        HttpMethod.GET,
                        "/webjars/**",
                        "/muster.css",
                        "/*.js",
                        "/favicon.svg",
                        SignInPages.SIGNED_OUT,
                        SignInPages.FAILED)
                    .permitAll()
                    .requestMatchers(SignInPages.TOO_OFTEN, SignInPages.UNAVAILABLE)
                    .permitAll()
                    .anyRequest()
                    .authenticated())
        .headers(
            headers ->
                headers
                    .contentSecurityPolicy(
                        policy -> policy.policyDirectives(CONTENT_SECURITY_POLICY))
                    .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN))
                    .permissionsPolicyHeader(policy -> policy.policy(PERMISSIONS_POLICY))
                    .frameOptions(frame -> frame.deny()))
        .addFilterBefore(new UploadsNeedSignIn(), CsrfFilter.class)
        .addFilterBefore(
            new SignInRateLimit(properties), OAuth2AuthorizationRequestRedirectFilter.class)
        .addFilterBefore(new SessionAge(properties.sessionAge(), clock), AuthorizationFilter.class)
        .addFilterAfter(new CallerFilter(accounts), AuthorizationFilter.class)
        .build();
  }

  @Bean
  ClientRegistrationRepository clients(Provider provider) {
    return id -> id.equals(Provider.REGISTRATION) ? provider.client() : null;
  }

  /**
   * Sends a person to the provider, and a script that lost its session an answer it understands.
   */
  private static void signIn(
      Provider provider,
      HttpServletRequest request,
      HttpServletResponse response,
      AuthenticationException why)
      throws IOException, jakarta.servlet.ServletException {
    if (!isPage(request)) {
      // htmx follows no redirect to another origin; this reloads the page, which then signs in.
      response.setHeader("HX-Refresh", "true");
      PROBLEM.commence(request, response, why);
      return;
    }
    try {
      if (provider.configured()) {
        provider.client();
        response.sendRedirect(DEFAULT_AUTHORIZATION_REQUEST_BASE_URI + "/" + Provider.REGISTRATION);
        return;
      }
    } catch (IllegalStateException e) {
      // Said below
    }
    request.getRequestDispatcher(SignInPages.UNAVAILABLE).forward(request, response);
  }

  /** What one is brought back to after signing in: pages, and not what they fetch. */
  private static boolean isPage(HttpServletRequest request) {
    String accept = request.getHeader(HttpHeaders.ACCEPT);
    return request.getMethod().equals("GET")
        && request.getHeader("HX-Request") == null
        && accept != null
        && accept.contains(MediaType.TEXT_HTML_VALUE);
  }

  /** Behind a proxy of this machine everybody would seem to be. */
  private static boolean fromThisMachine(RequestAuthorizationContext context) {
    if (context.getRequest().getHeader("X-Forwarded-For") != null
        || context.getRequest().getHeader("Forwarded") != null) {
      return false;
    }
    try {
      return InetAddress.getByName(context.getRequest().getRemoteAddr()).isLoopbackAddress();
    } catch (java.net.UnknownHostException e) {
      return false;
    }
  }
}
