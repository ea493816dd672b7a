package dev.muster.store;

import dev.muster.home.MusterHome;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;

/** The folder is the store unless another is configured. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

  @Bean
  @Fallback
  FolderStore folderStore(MusterHome home) {
    return new FolderStore(home);
  }
}
