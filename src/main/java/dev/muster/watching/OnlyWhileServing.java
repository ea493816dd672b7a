package dev.muster.watching;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Leaves out what Spring Boot brings for watching unless the service runs, and for the web where
 * there is no server: each costs a command half a second, and nobody watches or visits one. Tracing
 * is left out unless it is on. Named in {@code META-INF/spring.factories}.
 */
final class OnlyWhileServing implements AutoConfigurationImportFilter, EnvironmentAware {

  private static final List<String> WATCHING =
      List.of(
          "org.springframework.boot.actuate.",
          "org.springframework.boot.health.",
          "org.springframework.boot.micrometer.",
          "org.springframework.boot.opentelemetry.");

  private static final List<String> WEB =
      List.of(
          "org.springdoc.",
          "org.springframework.boot.http.",
          "org.springframework.boot.security.",
          "org.springframework.boot.servlet.",
          "org.springframework.boot.thymeleaf.",
          "org.springframework.boot.tomcat.",
          "org.springframework.boot.webmvc.");

  private static final List<String> TRACING =
      List.of(
          "org.springframework.boot.micrometer.tracing.",
          "org.springframework.boot.opentelemetry.");

  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public boolean[] match(
      @Nullable String[] autoConfigurations, AutoConfigurationMetadata autoConfigurationMetadata) {
    boolean serving = on("muster.serve");
    boolean tracing = serving && on("management.opentelemetry.enabled");
    boolean web =
        environment == null
            || !"none".equals(environment.getProperty("spring.main.web-application-type"));
    boolean[] wanted = new boolean[autoConfigurations.length];
    for (int i = 0; i < wanted.length; i++) {
      String name = Objects.requireNonNullElse(autoConfigurations[i], "");
      wanted[i] =
          (serving || WATCHING.stream().noneMatch(name::startsWith))
              && (web || WEB.stream().noneMatch(name::startsWith))
              && (tracing || TRACING.stream().noneMatch(name::startsWith));
    }
    return wanted;
  }

  private boolean on(String property) {
    return Stream.ofNullable(environment)
        .anyMatch(given -> given.getProperty(property, Boolean.class, false));
  }
}
