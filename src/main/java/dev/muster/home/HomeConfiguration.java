package dev.muster.home;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class HomeConfiguration {

  @Bean
  MusterHome musterHome(@Value("${muster.home:var}") Path root) throws IOException {
    MusterHome home = new MusterHome(root);
    SecretFile.createDirectories(home.root());
    return home;
  }

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }
}
