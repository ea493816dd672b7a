#!/usr/bin/env bash
# com.exceptionfactory.jagged:jagged-framework and -x25519 1.0.0, age-encryption 0.3.1 (npm); Java 17 or newer, node 20 or newer
#
# An age file is for a list of recipients. A list that came out empty (a query without a row, a filter that leaves nobody) one would guess
# to be refused, as the `age` command refuses to start without one. Jagged and the TypeScript library both make a file of the right form,
# without an error, that nobody can open: its key was stored for no one, and was gone when the call returned. That is found out where the
# file is opened, at the receiver's.
# Right for Muster: neither a factory nor a part of a bundle without a recipient (FactoriesTest; BundlePartWriter).
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
cat > Nobody.java <<'JAVA'
import com.exceptionfactory.jagged.framework.stream.*;
import com.exceptionfactory.jagged.x25519.*;
import java.io.*;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.*;

class Nobody {
  public static void main(String[] args) throws Exception {
    var pair = new X25519KeyPairGenerator().generateKeyPair();
    var writer = X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(
        new String(pair.getPublic().getEncoded(), StandardCharsets.US_ASCII));
    var reader = X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(
        new String(pair.getPrivate().getEncoded(), StandardCharsets.US_ASCII));
    for (int recipients = 1; recipients >= 0; recipients--) {
      var file = new ByteArrayOutputStream();
      try (var channel = new StandardEncryptingChannelFactory()
          .newEncryptingChannel(Channels.newChannel(file), Collections.nCopies(recipients, writer))) {
        channel.write(ByteBuffer.wrap("device_id,token\n".getBytes(StandardCharsets.US_ASCII)));
      }
      String opened;
      try (var channel = new StandardDecryptingChannelFactory()
          .newDecryptingChannel(Channels.newChannel(new ByteArrayInputStream(file.toByteArray())), List.of(reader))) {
        opened = "opened, " + Channels.newInputStream(channel).readAllBytes().length + " bytes";
      } catch (IOException | java.security.GeneralSecurityException e) {
        opened = e.getClass().getSimpleName();
      }
      System.out.println("Jagged, recipients " + recipients + ": file of " + file.size() + " bytes; " + opened);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
npm install --silent --no-audit --no-fund age-encryption@0.3.1 >&2
cat > nobody.mjs <<'JS'
import { Encrypter } from "age-encryption";

new Encrypter().encrypt("device_id,token\n").then(
  () => console.log("TypeScript, recipients 0: file"), () => console.log("TypeScript, recipients 0: refused"));
JS
{ java -cp "$(cat cp.txt)" Nobody.java 2>/dev/null; node nobody.mjs; } | tee seen.txt
diff seen.txt - <<'SEEN'
Jagged, recipients 1: file of 216 bytes; opened, 16 bytes
Jagged, recipients 0: file of 118 bytes; UnsupportedRecipientStanzaException
TypeScript, recipients 0: file
SEEN
