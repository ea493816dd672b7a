package dev.muster.publisher;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.HubManagement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.util.function.SingletonSupplier;

/** What a hub is shown to accept a call. */
interface Authorization {

  /**
   * The value of the header {@code Authorization}.
   *
   * @throws UnavailableException when there is none at this moment
   */
  String header();

  /** What to see to when a hub does not accept it. */
  String advice();

  /** None is to be had; the message is a sentence without any secret. */
  final class UnavailableException extends RuntimeException {
    UnavailableException(String sentence) {
      super(sentence);
    }
  }

  /** A SAS token of a policy, short-lived, made again before it ends. */
  final class OfPolicy implements Authorization {

    private static final Duration LIFETIME = Duration.ofMinutes(20);
    private static final Duration REST = Duration.ofMinutes(5);

    private final Hub hub;
    private final HubManagement.Policy policy;
    private final Clock clock;
    private @Nullable String token;
    private Instant renewAt = Instant.EPOCH;

    OfPolicy(Hub hub, HubManagement.Policy policy, Clock clock) {
      this.hub = hub;
      this.policy = policy;
      this.clock = clock;
    }

    @Override
    public synchronized String header() {
      Instant now = clock.instant();
      String current = token;
      if (current == null || !now.isBefore(renewAt)) {
        current = policy.token(hub, now.plus(LIFETIME));
        token = current;
        renewAt = now.plus(LIFETIME).minus(REST);
      }
      return current;
    }

    @Override
    public String advice() {
      return "Its manage-key-name and manage-key must be those of a shared access policy with"
          + " Manage.";
    }
  }

  /** A token of Entra ID; the client keeps it as long as it is good. */
  final class OfIdentity implements Authorization {

    private static final TokenRequestContext EVENT_HUBS =
        new TokenRequestContext().addScopes("https://eventhubs.azure.net/.default");
    private static final Duration TO_CONNECT = Duration.ofSeconds(10);

    private final SingletonSupplier<TokenCredential> credential =
        SingletonSupplier.of(
            () ->
                new DefaultAzureCredentialBuilder()
                    .httpClient(new JdkHttpClientBuilder().connectionTimeout(TO_CONNECT).build())
                    .build());

    @Override
    public String header() {
      AccessToken token;
      try {
        token = credential.obtain().getTokenSync(EVENT_HUBS);
      } catch (RuntimeException e) {
        throw new UnavailableException(
            "This process can't sign in to Entra ID (%s).".formatted(e.getClass().getSimpleName()));
      }
      return "Bearer " + token.getToken();
    }

    @Override
    public String advice() {
      return "This process's identity needs the role Azure Event Hubs Data Owner there.";
    }
  }
}
