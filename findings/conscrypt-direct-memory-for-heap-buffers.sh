#!/usr/bin/env bash
# org.conscrypt:conscrypt-openjdk-uber 2.9.0; Java 17 or newer, Linux or macOS on a platform that it has a library for
#
# javax.crypto.Cipher.doFinal(ByteBuffer, ByteBuffer) with buffers on the heap one would guess to work on their arrays, as Java's own
# ciphers and every engine without a method of its own for buffers do. Conscrypt's AEAD ciphers copy each heap buffer into a new direct one,
# for the input and for the output, and leave that to the collector. The heap hardly grows meanwhile, so the collector hardly runs: a stream
# of 64 KB chunks (what age files are made of; Jagged hands each over as heap buffers) takes up to -XX:MaxDirectMemorySize outside the heap.
# With arrays nothing of it happens.
# Right for Muster: Conscrypt gets arrays (ArrayCiphers); ten million tokens on Java 17 took 1,545 MB resident before, and 622 MB since.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.conscrypt</groupId><artifactId>conscrypt-openjdk-uber</artifactId><version>2.9.0</version></dependency>
  </dependencies>
</project>
POM
cat > Direct.java <<'JAVA'
import java.lang.management.*;
import java.nio.ByteBuffer;
import java.security.Provider;
import javax.crypto.Cipher;
import javax.crypto.spec.*;

class Direct {
  static final int CHUNK = 1 << 16, CHUNKS = 500;

  public static void main(String[] args) throws Exception {
    Provider conscrypt = org.conscrypt.Conscrypt.newProvider();
    say("Conscrypt, arrays", conscrypt, false);
    say("Conscrypt, heap buffers", conscrypt, true);
    say("SunJCE, heap buffers", java.security.Security.getProvider("SunJCE"), true);
  }

  static void say(String what, Provider provider, boolean buffers) throws Exception {
    long before = direct();
    byte[] in = new byte[CHUNK], out = new byte[CHUNK + 16];
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305", provider);
      byte[] nonce = new byte[12];
      nonce[0] = (byte) chunk;
      nonce[1] = (byte) (chunk >> 8);
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "ChaCha20"), new IvParameterSpec(nonce));
      if (buffers) {
        cipher.doFinal(ByteBuffer.wrap(in), ByteBuffer.wrap(out));
      } else {
        cipher.doFinal(in, 0, in.length, out, 0);
      }
    }
    long megabytes = direct() - before >> 20;
    System.out.println(what + ": " + (megabytes == 0 ? "0 MB" : megabytes >= 30 ? "30 MB and more" : megabytes + " MB")
        + " of direct memory after " + CHUNKS + " chunks of 64 KB");
  }

  static long direct() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -Xmx512m -XX:+UseSerialGC -cp "$(cat cp.txt)" Direct.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
Conscrypt, arrays: 0 MB of direct memory after 500 chunks of 64 KB
Conscrypt, heap buffers: 30 MB and more of direct memory after 500 chunks of 64 KB
SunJCE, heap buffers: 0 MB of direct memory after 500 chunks of 64 KB
SEEN
