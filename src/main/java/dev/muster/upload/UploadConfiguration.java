package dev.muster.upload;

import dev.muster.arrival.Source;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What comes over HTTP is a source like any other. */
@Configuration(proxyBeanMethods = false)
class UploadConfiguration {

  @Bean
  Source upload() {
    return Uploads.SOURCE;
  }
}
