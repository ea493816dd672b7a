#!/usr/bin/env bash
# com.exceptionfactory.jagged:jagged-framework and jagged-x25519 1.0.0, on Java 17 or newer
#
# To read an age recipient (age1…) is to decode 58 letters and look at their checksum. One would guess that
# X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter costs as much as that, and keep recipients as text, to be read where they are
# needed. It makes a whole X25519 key pair each time, a multiplication on the curve, only to see how the JDK encodes a public key, and throws
# it away. To encrypt a file for the recipient, where a key pair is what one needs, makes none: that takes a random number and two key
# agreements. So a bundle of 240 parts that names one recipient for each took 240 multiplications to be read from the database.
# Right for Muster: a recipient that is kept is checked by its shape and its checksum (AgeRecipient), and Jagged reads it to encrypt.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.exceptionfactory.jagged</groupId><artifactId>jagged-framework</artifactId><version>1.0.0</version></dependency>
    <dependency><groupId>com.exceptionfactory.jagged</groupId><artifactId>jagged-x25519</artifactId><version>1.0.0</version></dependency>
  </dependencies>
</project>
POM
cat > Recipients.java <<'JAVA'
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.security.*;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;

public class Recipients {
  static final AtomicInteger MADE = new AtomicInteger();

  /** Counts, and has the JDK's do it. */
  public static class Counting extends KeyPairGeneratorSpi {
    public void initialize(int size, SecureRandom random) {}
    public KeyPair generateKeyPair() {
      try {
        MADE.incrementAndGet();
        return KeyPairGenerator.getInstance("X25519", "SunEC").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  static class CountingProvider extends Provider {
    CountingProvider() {
      super("Counting", "1", "");
      putService(new Service(this, "KeyPairGenerator", "X25519", Counting.class.getName(), List.of("XDH"), Map.of()) {
        public Object newInstance(Object parameter) { return new Counting(); }
      });
    }
    /** Jagged asks the same provider to read the key. */
    public Service getService(String type, String algorithm) {
      Service own = super.getService(type, algorithm);
      return own != null || !type.equals("KeyFactory") ? own : Security.getProvider("SunEC").getService(type, algorithm);
    }
  }

  public static void main(String[] args) throws Exception {
    String recipient = new String(new X25519KeyPairGenerator().generateKeyPair().getPublic().getEncoded());
    Security.insertProviderAt(new CountingProvider(), 1);
    List<RecipientStanzaWriter> writers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      writers.add(X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient));
    }
    System.out.println("1000 recipients read: " + MADE.getAndSet(0) + " key pairs made");
    try (var file = new StandardEncryptingChannelFactory()
        .newEncryptingChannel(Channels.newChannel(new ByteArrayOutputStream()), writers.subList(0, 1))) {}
    System.out.println("1 file for 1 of them: " + MADE.get() + " key pairs made");
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Recipients.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
1000 recipients read: 1000 key pairs made
1 file for 1 of them: 0 key pairs made
SEEN
