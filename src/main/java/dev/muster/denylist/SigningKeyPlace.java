package dev.muster.denylist;

import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.stereotype.Component;

/** Where the key lies that signs the list. Read each time, so that it can be replaced. */
@Component
class SigningKeyPlace {

  private final DenyListProperties properties;
  private final MusterHome home;
  private final Environment environment;

  SigningKeyPlace(DenyListProperties properties, MusterHome home, Environment environment) {
    this.properties = properties;
    this.home = home;
    this.environment = environment;
  }

  /**
   * The key; outside production one is made when none is configured.
   *
   * @throws IllegalStateException when there is none, or it is no such key
   */
  ListSigner signer() throws IOException {
    Path configured = properties.signingKey();
    if (configured != null) {
      return ListSigner.read(configured);
    }
    if (environment.acceptsProfiles(Profiles.of("production"))) {
      throw new IllegalStateException(
          "The deny list has no signing key, and in production none is made. Make one with: "
              + ListSigner.HOW_TO_MAKE
              + "; name it in muster.deny-list.signing-key, and give readers its public half"
              + " (openssl pkey -in deny-list.pem -pubout). Or switch the list off:"
              + " muster.deny-list.enabled=false.");
    }
    Path own = home.keys().resolve("deny-list.pem");
    return ListSigner.parse(SecretFile.readOrCreate(own, ListSigner::generate), own);
  }
}
