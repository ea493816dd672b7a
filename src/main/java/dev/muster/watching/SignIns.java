package dev.muster.watching;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.AuthenticationEventPublisher;
import org.springframework.security.authentication.DefaultAuthenticationEventPublisher;
import org.springframework.security.authentication.event.AbstractAuthenticationFailureEvent;
import org.springframework.security.authentication.event.AuthenticationFailureBadCredentialsEvent;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/** Counts who signs in at the console, and who is refused there or at the REST API. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("muster.serve")
class SignIns {

  /** Tells of every failure, also of those that it knows no own event for. */
  @Bean
  static AuthenticationEventPublisher authenticationEventPublisher(
      ApplicationEventPublisher events) {
    DefaultAuthenticationEventPublisher publisher = new DefaultAuthenticationEventPublisher(events);
    publisher.setDefaultAuthenticationFailureEvent(AuthenticationFailureBadCredentialsEvent.class);
    return publisher;
  }

  @Bean
  static Counted signInsCounted(MeterRegistry meters) {
    return new Counted(meters);
  }

  static final class Counted {

    private final MeterRegistry meters;

    Counted(MeterRegistry meters) {
      this.meters = meters;
      // There from the start, so that the first refusal is an increase.
      count("console", "signed-in", 0);
      count("console", "refused", 0);
      count("api", "refused", 0);
    }

    @EventListener
    void on(InteractiveAuthenticationSuccessEvent signedIn) {
      if (signedIn.getAuthentication() instanceof OAuth2AuthenticationToken) {
        count("console", "signed-in", 1);
      }
    }

    @EventListener
    void on(AbstractAuthenticationFailureEvent refused) {
      Authentication tried = refused.getAuthentication();
      count(tried instanceof BearerTokenAuthenticationToken ? "api" : "console", "refused", 1);
    }

    private void count(String way, String outcome, int times) {
      Counter.builder("muster.sign.ins")
          .description("Sign-ins at the console, and refused ones there and at the API")
          .tag("way", way)
          .tag("outcome", outcome)
          .register(meters)
          .increment(times);
    }
  }
}
