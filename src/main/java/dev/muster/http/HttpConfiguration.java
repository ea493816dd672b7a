package dev.muster.http;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Makes the server answer errors as the endpoints do. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpProperties.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class HttpConfiguration {

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> serverErrors() {
    return factory ->
        factory.addContextCustomizers(
            context -> context.getParent().getPipeline().addValve(new ServerErrors()));
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> deviceThreads(
      @Value("${server.tomcat.threads.max:200}") int threads) {
    return factory -> factory.addEngineValves(new DeviceThreads(threads));
  }

  @Bean
  FilterRegistrationBean<ClosingRefusals> closingRefusals() {
    FilterRegistrationBean<ClosingRefusals> filter =
        new FilterRegistrationBean<>(new ClosingRefusals());
    filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return filter;
  }

  @Bean
  HostNames hostNames(HttpProperties properties, Environment environment) {
    return new HostNames(properties.hosts(), environment);
  }

  /**
   * Sessions go over encrypted connections only, where there are any: then their cookie is Secure
   * and of this host alone. What others may reach has to be encrypted.
   */
  @Bean
  ServletContextInitializer sessionCookie(Environment environment) {
    boolean encrypted = HostNames.encrypted(environment) || HostNames.behindProxy(environment);
    if (!encrypted && !HostNames.listensOnLoopback(environment)) {
      throw new IllegalStateException(
          "server.address is '%s', which others can reach, and nothing encrypts what they send. Set server.ssl.bundle; or, behind a proxy that ends TLS, server.forward-headers-strategy=native."
              .formatted(environment.getProperty("server.address")));
    }
    return context -> {
      if (encrypted) {
        boolean root = context.getContextPath().isEmpty();
        context.getSessionCookieConfig().setSecure(true);
        context.getSessionCookieConfig().setPath(root ? "/" : context.getContextPath());
        context.getSessionCookieConfig().setName((root ? "__Host-" : "__Secure-") + "muster");
      }
    };
  }
}
