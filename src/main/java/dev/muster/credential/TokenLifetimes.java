package dev.muster.credential;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long tokens live when nobody says: each {@code muster.….token-lifetime}.
 *
 * @param provisioning those of manifests, and all that nothing else is said of
 * @param renewal those of renewals, rotations and moves
 * @param exchange those that devices get for older ones
 * @param technician those that people are given
 */
@Validated
@ConfigurationProperties("muster")
public record TokenLifetimes(
    @DefaultValue Usual provisioning,
    @DefaultValue Own renewal,
    @DefaultValue Own exchange,
    @DefaultValue Own technician) {

  record Usual(
      @DefaultValue("P365D") @DurationMin(minutes = 1) @DurationMax(days = 36_500)
          Duration tokenLifetime) {}

  /** Null: as usual. */
  record Own(
      @Nullable @DurationMin(minutes = 1) @DurationMax(days = 36_500) Duration tokenLifetime) {}

  public Duration ofManifests() {
    return provisioning.tokenLifetime();
  }

  public Duration ofRenewals() {
    return of(renewal);
  }

  public Duration ofExchanges() {
    return of(exchange);
  }

  public Duration ofSingleTokens() {
    return of(technician);
  }

  private Duration of(Own own) {
    return own.tokenLifetime() == null ? ofManifests() : own.tokenLifetime();
  }
}
