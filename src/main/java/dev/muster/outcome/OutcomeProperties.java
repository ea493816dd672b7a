package dev.muster.outcome;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where outcomes are told.
 *
 * @param topic in Kafka; told there whenever a broker is configured
 * @param eventHub an event hub, if any
 * @param poll how often is looked for what is still to be told
 * @param sendTimeout how long a destination may take to confirm
 */
@Validated
@ConfigurationProperties("muster.outcomes")
record OutcomeProperties(
    @DefaultValue("provisioning-outcomes") String topic,
    @DefaultValue EventHub eventHub,
    @DefaultValue("500ms") Duration poll,
    @DefaultValue("10s") Duration sendTimeout) {

  /**
   * @param connectionString of the hub, with its {@code EntityPath}; a secret
   * @param namespace signed in to with {@code DefaultAzureCredential} instead
   * @param name the hub's name, with a namespace
   */
  record EventHub(
      @Nullable String connectionString, @Nullable String namespace, @Nullable String name) {

    boolean on() {
      return connectionString != null || (namespace != null && name != null);
    }

    /** Without the connection string. */
    @Override
    public String toString() {
      return "EventHub[namespace=%s, name=%s]".formatted(namespace, name);
    }
  }
}
