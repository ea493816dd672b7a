package dev.muster.bundle;

import dev.muster.home.MusterHome;
import dev.muster.store.ObjectStore;
import dev.muster.store.Spool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** By rename where the store is a folder, else with the receipt last. */
@Configuration(proxyBeanMethods = false)
class PublicationConfiguration {

  @Bean
  Publication publication(ObjectStore store, MusterHome home, Spool spool) {
    return store.isHome()
        ? new FolderPublication(home)
        : new StorePublication(store, home, spool.ownStaging());
  }
}
