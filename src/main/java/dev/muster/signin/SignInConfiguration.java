package dev.muster.signin;

import static org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter.DEFAULT_AUTHORIZATION_REQUEST_BASE_URI;

import dev.muster.access.Permission;
import dev.muster.http.HostNames;
import dev.muster.http.ProblemType;
import dev.muster.http.SmallBodies;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.authentication.SavedRequestAwareAuthenticationSuccessHandler;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.savedrequest.CookieRequestCache;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Which way in asks for what: devices show their own token, the REST API wants a bearer token,
 * people sign in. Whatever is not named here is the console's, and wants a signed-in account.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SignInConfiguration {

  /** No script and no style but our own files, and nothing from elsewhere. */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
          + " connect-src 'self'; font-src 'self'; manifest-src 'self'; media-src 'self' blob:;"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private static final DefaultBearerTokenResolver BEARER = new DefaultBearerTokenResolver();

  /** What proxies add. */
  private static final List<String> FORWARDED =
      List.of(
          "Forwarded",
          "Via",
          "X-Real-IP",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Port",
          "X-Forwarded-Prefix",
          "X-Forwarded-Proto");

  /** Of an address that one is brought back to; a cookie holds it, and must stay small. */
  private static final int LONGEST_RETURN = 1000;

  private static final AuthenticationEntryPoint PROBLEM = new BearerTokenProblem();

  /** Tells a program which provider's tokens are taken (RFC 9728). */
  private static final String METADATA = "/.well-known/oauth-protected-resource/**";

  static final String TO_PROVIDER =
      DEFAULT_AUTHORIZATION_REQUEST_BASE_URI + "/" + Provider.REGISTRATION;

  private static final String BACK_CHANNEL = "/logout/connect/back-channel/**";

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
  SecurityFilterChain api(
      HttpSecurity http, Provider provider, Accounts accounts, Environment environment) {
    PathPatternRequestMatcher.Builder path = PathPatternRequestMatcher.withDefaults();
    RequestMatcher health =
        new OrRequestMatcher(path.matcher("/actuator/health"), path.matcher("/actuator/health/**"));
    RequestMatcher files =
        new OrRequestMatcher(
            path.matcher(HttpMethod.PUT, "/api/manifests/**"),
            path.matcher(HttpMethod.PUT, "/api/revocation-lists/**"),
            path.matcher(HttpMethod.PUT, "/api/uploads/**"),
            path.matcher(HttpMethod.PUT, "/api/factories/*/format/sample"));
    JwtDecoder tokens = new UnlessConfigured(provider);
    return http.securityMatcher("/api/**", "/actuator/**", METADATA)
        .csrf(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .requestCache(AbstractHttpConfigurer::disable)
        .oauth2ResourceServer(
            server ->
                server
                    .jwt(jwt -> jwt.decoder(tokens))
                    .bearerTokenResolver(request -> bearer(request, health, tokens))
                    .protectedResourceMetadata(
                        metadata ->
                            metadata.protectedResourceMetadataCustomizer(
                                resource -> {
                                  provider.issuer().ifPresent(resource::authorizationServer);
                                  resource.tlsClientCertificateBoundAccessTokens(false);
                                }))
                    .authenticationEntryPoint(PROBLEM)
                    .withObjectPostProcessor(
                        new ObjectPostProcessor<BearerTokenAuthenticationFilter>() {
                          @Override
                          public <T extends BearerTokenAuthenticationFilter> T postProcess(
                              T filter) {
                            filter.setAuthenticationFailureHandler(
                                SignInConfiguration::refuseBearer);
                            return filter;
                          }
                        }))
        .exceptionHandling(errors -> errors.authenticationEntryPoint(PROBLEM))
        .authorizeHttpRequests(
            requests ->
                requests
                    .dispatcherTypeMatchers(DispatcherType.ASYNC) // it was let in already
                    .permitAll()
                    .requestMatchers("/actuator/health", "/actuator/health/**", METADATA)
                    .permitAll()
                    .requestMatchers("/actuator/prometheus")
                    .access(
                        (authentication, context) ->
                            new AuthorizationDecision(
                                fromThisMachine(context, environment)
                                    || accounts
                                        .caller(authentication.get(), "")
                                        .filter(
                                            caller ->
                                                caller.mayEverywhere(Permission.EXECUTION_READ))
                                        .isPresent()))
                    .requestMatchers("/actuator/**")
                    .denyAll()
                    .anyRequest()
                    .authenticated())
        .headers(headers -> headers.frameOptions(frame -> frame.deny()))
        .addFilterAfter(new SmallBodies(files), AuthorizationFilter.class)
        .addFilterAfter(new CallerFilter(accounts), AuthorizationFilter.class)
        .build();
  }

  /**
   * The provider says which of its sessions have ended. It shows a logout token, which it signed,
   * and no session, so there is none that could be ridden.
   */
  @Bean
  @Order(25)
  SecurityFilterChain backChannel(
      HttpSecurity http,
      ClientRegistrationRepository clients,
      EndedByProvider ended,
      SignInProperties properties) {
    return http.securityMatcher(BACK_CHANNEL)
        .csrf(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .requestCache(AbstractHttpConfigurer::disable)
        .addFilterBefore(new LogoutTokens(properties), CsrfFilter.class)
        .addFilterBefore(new SmallBodies(request -> false), CsrfFilter.class)
        .oidcLogout(
            logout ->
                logout
                    .clientRegistrationRepository(clients)
                    .backChannel(channel -> channel.logoutHandler(ended)))
        .exceptionHandling(errors -> errors.authenticationEntryPoint(PROBLEM))
        .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
        .headers(headers -> headers.frameOptions(frame -> frame.deny()))
        .build();
  }

  /** People, with a session. */
  @Bean
  @Order(30)
  SecurityFilterChain console(
      HttpSecurity http,
      Provider provider,
      Accounts accounts,
      ClientRegistrationRepository clients,
      SignInProperties properties,
      Sessions sessions,
      Clock clock) {
    DefaultOAuth2AuthorizationRequestResolver requests =
        new DefaultOAuth2AuthorizationRequestResolver(
            clients, DEFAULT_AUTHORIZATION_REQUEST_BASE_URI);
    requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
    // In a cookie: who has not signed in costs no session.
    CookieRequestCache asked = new AskedFor();
    asked.setRequestMatcher(
        request ->
            isPage(request)
                && request.getRequestURI().length()
                        + String.valueOf(request.getQueryString()).length()
                    <= LONGEST_RETURN);
    return http.requestCache(cache -> cache.requestCache(asked))
        .oauth2Login(
            login ->
                login
                    .clientRegistrationRepository(clients)
                    .authorizationEndpoint(
                        end ->
                            end.authorizationRequestResolver(
                                new AsksProvider(requests, properties)))
                    .tokenEndpoint(end -> end.accessTokenResponseClient(ProviderCalls.tokens()))
                    .userInfoEndpoint(
                        end -> end.oidcUserService(new StrongSignIn(accounts, properties)))
                    .successHandler(new BackToPage(asked))
                    .failureHandler(
                        (request, response, why) ->
                            response.sendRedirect(
                                request.getContextPath()
                                    + (why instanceof OAuth2AuthenticationException refused
                                            && refused
                                                .getError()
                                                .getErrorCode()
                                                .equals(StrongSignIn.TOO_WEAK)
                                        ? SignInPages.TOO_WEAK
                                        : SignInPages.FAILED))))
        .logout(
            logout ->
                logout
                    .addLogoutHandler((request, response, who) -> forget(sessions, request))
                    .logoutSuccessUrl(SignInPages.SIGNED_OUT))
        .exceptionHandling(
            errors ->
                errors.authenticationEntryPoint(
                    (request, response, why) -> signIn(provider, request, response, why)))
        .authorizeHttpRequests(
            paths ->
                paths
                    // It was let in already; whose stream ends may have signed out since.
                    .dispatcherTypeMatchers(DispatcherType.ASYNC)
                    .permitAll()
                    .requestMatchers(
                        HttpMethod.GET,
                        "/webjars/**",
                        "/muster.css",
                        "/*.js",
                        "/favicon.svg",
                        SignInPages.SIGNED_OUT,
                        SignInPages.TOO_WEAK,
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
        .addFilterBefore(new StrangersBodies(), CsrfFilter.class)
        .addFilterBefore(new FormFields(), CsrfFilter.class)
        .addFilterBefore(
            new SignInRateLimit(properties), OAuth2AuthorizationRequestRedirectFilter.class)
        .addFilterBefore(
            new SessionEnd(properties.sessionAge(), sessions, clock), AuthorizationFilter.class)
        .addFilterAfter(new CallerFilter(accounts), AuthorizationFilter.class)
        .build();
  }

  private static void forget(Sessions sessions, HttpServletRequest request) {
    HttpSession session = request.getSession(false);
    if (session != null && session.getAttribute(Sessions.ID) instanceof UUID id) {
      sessions.forget(id);
    }
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
      throws IOException, ServletException {
    if (!isPage(request)) {
      // htmx follows no redirect to another origin; this reloads the page, which then signs in.
      response.setHeader("HX-Refresh", "true");
      PROBLEM.commence(request, response, why);
      return;
    }
    try {
      if (provider.configured()) {
        provider.client();
        response.sendRedirect(request.getContextPath() + TO_PROVIDER);
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

  /** Tells who sent no good bearer token, and who can't be told because nobody knows. */
  private static void refuseBearer(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
      throws IOException, ServletException {
    if (why instanceof AuthenticationServiceException) {
      answerThatProviderIsAway(response);
    } else {
      PROBLEM.commence(request, response, why);
    }
  }

  static void answerThatProviderIsAway(HttpServletResponse response) throws IOException {
    response.setHeader(HttpHeaders.RETRY_AFTER, "5");
    ProblemType.PROVIDER_AWAY.answer(response);
  }

  /**
   * Health is answered whatever becomes of the token: without a good one, with the status alone.
   */
  private static @Nullable String bearer(
      HttpServletRequest request, RequestMatcher health, JwtDecoder tokens) {
    if (!health.matches(request)) {
      return BEARER.resolve(request);
    }
    try {
      String token = BEARER.resolve(request);
      if (token != null) {
        tokens.decode(token);
      }
      return token;
    } catch (AuthenticationException | JwtException e) {
      return null;
    }
  }

  @Bean
  RequestRejectedHandler refusedRequests() {
    return (request, response, why) -> ProblemType.UNUSABLE_ADDRESS.answer(response);
  }

  @Bean
  HttpFirewall firewall(HostNames hosts) {
    StrictHttpFirewall firewall = new StrictHttpFirewall();
    firewall.setAllowedHostnames(hosts::known);
    return firewall;
  }

  /**
   * Whether a request comes from this machine itself. Where a proxy is configured nobody's does: it
   * may run here, and what it says of others can be made up by them.
   */
  private static boolean fromThisMachine(
      RequestAuthorizationContext context, Environment environment) {
    HttpServletRequest request = context.getRequest();
    if (HostNames.behindProxy(environment)
        || FORWARDED.stream().anyMatch(name -> request.getHeader(name) != null)
        || !HostNames.isLoopback(request.getServerName())) {
      return false;
    }
    try {
      return InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress();
    } catch (java.net.UnknownHostException e) {
      return false;
    }
  }

  /** Brings people back to where they were going, or to where they had to sign in again. */
  private static final class BackToPage extends SavedRequestAwareAuthenticationSuccessHandler {

    BackToPage(RequestCache asked) {
      setRequestCache(asked);
    }

    @Override
    public void onAuthenticationSuccess(
        HttpServletRequest request, HttpServletResponse response, Authentication authentication)
        throws ServletException, IOException {
      HttpSession session = request.getSession(false);
      if (session != null && session.getAttribute(SignInPages.PAGE) != null) {
        getRedirectStrategy().sendRedirect(request, response, SignInPages.SIGNED_IN_AGAIN);
      } else {
        super.onAuthenticationSuccess(request, response, authentication);
      }
    }
  }

  /** Brings people back, and leaves the request with which they come as it is, headers and all. */
  private static final class AskedFor extends CookieRequestCache {
    @Override
    public @Nullable HttpServletRequest getMatchingRequest(
        HttpServletRequest request, HttpServletResponse response) {
      HttpServletRequest unused = super.getMatchingRequest(request, response);
      return null;
    }
  }
}
