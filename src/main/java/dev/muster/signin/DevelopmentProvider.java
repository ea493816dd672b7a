package dev.muster.signin;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import dev.muster.access.Role;
import dev.muster.home.MusterHome;
import dev.muster.signin.DevelopmentAccounts.Account;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.oidc.OidcScopes;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * With the profile {@code dev} only: an identity provider in the same process, so that on a laptop
 * the real OpenID Connect flow is what runs. Programs get their tokens from it as {@code
 * muster-<role>} with the role's password (client credentials).
 */
@Configuration(proxyBeanMethods = false)
@Profile("dev")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class DevelopmentProvider implements Provider {

  static final String SIGN_IN = "/dev/sign-in";

  private static final String CONSOLE = "muster-console";
  private static final String ACCOUNT = "muster.dev.account";
  private static final String ID_TOKEN = "id_token";
  private static final String PROGRAM_PREFIX = "muster-";
  private static final String CALLBACK = "/login/oauth2/code/" + REGISTRATION;
  private static final int KEY_BITS = 2048;
  private static final int LEAST_STRENGTH = 4;

  private final Environment environment;
  private final DevelopmentAccounts accounts;

  /**
   * They are random, and lie in a file beside: a slow hash would protect nothing, and cost a second
   * of a processor at each start.
   */
  private final PasswordEncoder passwords = new BCryptPasswordEncoder(LEAST_STRENGTH);

  /** Made for the first who signs in; most services in development start and end without one. */
  private final Supplier<JWKSet> keySet = SingletonSupplier.of(() -> new JWKSet(newKey()));

  private final JWKSource<SecurityContext> keys =
      (selector, context) -> selector.select(keySet.get());

  /** Of the console as a client; a new one with each process. */
  private final String clientSecret = UUID.randomUUID().toString();

  DevelopmentProvider(Environment environment, MusterHome home) throws IOException {
    this.environment = environment;
    if (environment.acceptsProfiles(Profiles.of("production"))) {
      throw new IllegalStateException(
          "The profile dev brings accounts whose passwords lie in a file; it can't be used together"
              + " with the profile production.");
    }
    String address = environment.getProperty("server.address");
    if (address == null || !InetAddress.getByName(address).isLoopbackAddress()) {
      throw new IllegalStateException(
          "With the profile dev the service listens on a loopback address only, and server.address"
              + " is '%s'. Configure muster.sign-in for real accounts.".formatted(address));
    }
    this.accounts = DevelopmentAccounts.of(home);
  }

  @Override
  public boolean configured() {
    return true;
  }

  @Override
  public Optional<String> issuer() {
    return Optional.of(address());
  }

  @Override
  public ClientRegistration client() {
    String issuer = address();
    return ClientRegistration.withRegistrationId(REGISTRATION)
        .clientId(CONSOLE)
        .clientSecret(clientSecret)
        .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
        .redirectUri(issuer + CALLBACK)
        .scope(OidcScopes.OPENID, OidcScopes.PROFILE)
        .issuerUri(issuer)
        .authorizationUri(issuer + "/oauth2/authorize")
        .tokenUri(issuer + "/oauth2/token")
        .jwkSetUri(issuer + "/oauth2/jwks")
        .userNameAttributeName("sub")
        .build();
  }

  @Override
  public JwtDecoder bearerTokens() {
    NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSource(keys).build();
    decoder.setJwtValidator(JwtValidators.createDefaultWithIssuer(address()));
    return decoder;
  }

  /** The port is known only once the server listens; a test's is a free one. */
  private String address() {
    return UriComponentsBuilder.fromUriString("http://127.0.0.1")
        .port(Objects.requireNonNull(environment.getProperty("local.server.port")))
        .toUriString();
  }

  @Bean
  @Order(1)
  SecurityFilterChain developmentChain(
      HttpSecurity http, RegisteredClientRepository clients, SignInProperties properties) {
    HttpSessionSecurityContextRepository ownSession = new HttpSessionSecurityContextRepository();
    // Who has signed in here has not signed in at the console yet, though the session is the same.
    ownSession.setSpringSecurityContextKey(ACCOUNT);
    HttpSessionRequestCache ownRequest = new HttpSessionRequestCache();
    ownRequest.setSessionAttrName("muster.dev.request");
    PathPatternRequestMatcher.Builder path = PathPatternRequestMatcher.withDefaults();
    InMemoryUserDetailsManager people =
        new InMemoryUserDetailsManager(
            accounts.all().stream()
                .map(
                    account ->
                        User.withUsername(account.name())
                            .password(passwords.encode(account.password()))
                            .build())
                .toList());
    return http.securityMatcher(
            new OrRequestMatcher(
                path.matcher("/oauth2/authorize"),
                path.matcher("/oauth2/token"),
                path.matcher("/oauth2/jwks"),
                path.matcher("/.well-known/openid-configuration"),
                path.matcher(SIGN_IN)))
        .oauth2AuthorizationServer(
            server ->
                server
                    .registeredClientRepository(clients)
                    .authorizationServerSettings(AuthorizationServerSettings.builder().build())
                    .oidc(
                        oidc ->
                            oidc.providerConfigurationEndpoint(
                                end ->
                                    end.providerConfigurationCustomizer(
                                        // Nothing is served there: ID tokens say it all.
                                        known ->
                                            known.claims(
                                                claims -> claims.remove("userinfo_endpoint"))))))
        .securityContext(context -> context.securityContextRepository(ownSession))
        .requestCache(cache -> cache.requestCache(ownRequest))
        .userDetailsService(people)
        .formLogin(login -> login.loginPage(SIGN_IN).permitAll())
        .exceptionHandling(
            errors ->
                errors.authenticationEntryPoint(new LoginUrlAuthenticationEntryPoint(SIGN_IN)))
        .csrf(csrf -> csrf.ignoringRequestMatchers("/oauth2/token"))
        .headers(
            headers ->
                headers
                    .contentSecurityPolicy(
                        policy ->
                            policy.policyDirectives(
                                "default-src 'none'; style-src 'self'; img-src 'self';"
                                    + " script-src 'self'; base-uri 'none'; frame-ancestors"
                                    + " 'none'"))
                    .frameOptions(frame -> frame.deny()))
        .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
        .addFilterBefore(new AsksAgain(), SecurityContextHolderFilter.class)
        .addFilterBefore(new SignInRateLimit(properties), CsrfFilter.class)
        .build();
  }

  @Bean
  RegisteredClientRepository registeredClients() {
    List<RegisteredClient> clients = new ArrayList<>();
    clients.add(
        RegisteredClient.withId(CONSOLE)
            .clientId(CONSOLE)
            .clientSecret(encoded(clientSecret))
            .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
            .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
            // Of a loopback address any port will do (RFC 8252, 7.3).
            .redirectUri("http://127.0.0.1" + CALLBACK)
            .scope(OidcScopes.OPENID)
            .scope(OidcScopes.PROFILE)
            .clientSettings(
                ClientSettings.builder()
                    .requireAuthorizationConsent(false)
                    .requireProofKey(true)
                    .build())
            .build());
    for (Account account : accounts.all()) {
      clients.add(
          RegisteredClient.withId(PROGRAM_PREFIX + account.name())
              .clientId(PROGRAM_PREFIX + account.name())
              .clientSecret(encoded(account.password()))
              .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
              .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
              .tokenSettings(
                  TokenSettings.builder().accessTokenTimeToLive(Duration.ofHours(1)).build())
              .build());
    }
    return new InMemoryRegisteredClientRepository(clients);
  }

  @Bean
  JWKSource<SecurityContext> developmentKeys() {
    return keys;
  }

  /** For the provider's own endpoints. */
  @Bean
  JwtDecoder developmentTokens() {
    return new SupplierJwtDecoder(this::bearerTokens);
  }

  @Bean
  PasswordEncoder developmentPasswords() {
    return passwords;
  }

  /** The roles and the factory, as a real provider is configured to say them. */
  @Bean
  OAuth2TokenCustomizer<JwtEncodingContext> developmentClaims() {
    return context ->
        accounts
            .find(withoutPrefix(principal(context)))
            .ifPresent(
                account ->
                    context
                        .getClaims()
                        .claims(
                            claims -> {
                              claims.putAll(
                                  Map.of(
                                      "preferred_username",
                                      account.name() + "@dev",
                                      "roles",
                                      account.roles().stream().map(Role::word).toList()));
                              if (context.getTokenType().getValue().equals(ID_TOKEN)) {
                                claims.put("amr", List.of("pwd"));
                              }
                              if (account.factory() != null) {
                                claims.put("factory", account.factory());
                              }
                            }));
  }

  /** Forgets who has signed in when it is asked for a sign-in anew; once for each time. */
  private static final class AsksAgain extends OncePerRequestFilter {

    private static final String FOR = "muster.dev.again";

    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws ServletException, IOException {
      String state = request.getParameter("state");
      if ("login".equals(request.getParameter("prompt"))
          && state != null
          && !state.equals(request.getSession().getAttribute(FOR))) {
        request.getSession().setAttribute(FOR, state);
        request.getSession().removeAttribute(ACCOUNT);
      }
      chain.doFilter(request, response);
    }
  }

  private String encoded(String password) {
    return Objects.requireNonNull(passwords.encode(password));
  }

  private static String principal(JwtEncodingContext context) {
    return Objects.requireNonNull(context.<Authentication>getPrincipal()).getName();
  }

  private static String withoutPrefix(String name) {
    return name.startsWith(PROGRAM_PREFIX) ? name.substring(PROGRAM_PREFIX.length()) : name;
  }

  private static RSAKey newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(KEY_BITS);
      KeyPair pair = generator.generateKeyPair();
      return new RSAKey.Builder((RSAPublicKey) pair.getPublic())
          .privateKey(pair.getPrivate())
          .keyID(UUID.randomUUID().toString())
          .build();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has RSA.", e);
    }
  }
}
