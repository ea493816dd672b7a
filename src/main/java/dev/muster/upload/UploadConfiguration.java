package dev.muster.upload;

import dev.muster.arrival.Source;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.servlet.autoconfigure.MultipartProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What comes over HTTP is a source like any other. */
@Configuration(proxyBeanMethods = false)
class UploadConfiguration {

  @Bean
  Source upload() {
    return Uploads.SOURCE;
  }

  /**
   * The files of forms are put aside where uploads lie, and not in the system's temporary folder:
   * on a disk that is watched, in a folder of its owner's, and tidied as uploads are.
   */
  @Bean
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  MultipartConfigElement forms(MultipartProperties properties, MusterHome home) throws IOException {
    SecretFile.createDirectories(home.uploads());
    properties.setLocation(home.uploads().toString());
    return properties.createMultipartConfig();
  }
}
