#!/usr/bin/env bash
# com.exceptionfactory.jagged:jagged-framework and -x25519 1.0.0, age-encryption 0.3.1 (npm); Java 17 or newer, node 20 or newer
#
# The header of an age file has 98 bytes for each X25519 recipient, and the format sets no end to it; age and the TypeScript library write and
# read one for thousands. Jagged looks for all of it in its first buffer of 65,552 bytes. From the 669th recipient on it does not write a
# file, which it says; but of one that another has made it says that the header's authentication code is missing, as of a file that was cut
# off or forged. One would look for the fault at the sender's, or on the way, and not think of a limit.
# Right for Muster: a factory has at most 668 recipients, and is told so when they are set (FactoriesTest, BundlePartTest).
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
npm install --silent --no-audit --no-fund age-encryption@0.3.1 >&2
cat > many.mjs <<'JS'
import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { writeFileSync } from "node:fs";

const identity = await generateIdentity();
const recipient = await identityToRecipient(identity);
writeFileSync("identity", identity);
for (const recipients of [668, 669]) {
  const encrypter = new Encrypter();
  for (let i = 0; i < recipients; i++) encrypter.addRecipient(recipient);
  const file = await encrypter.encrypt("device_id,token\n");
  writeFileSync("for-" + recipients, file);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  console.log(`TypeScript, made for ${recipients}: opened, ${(await decrypter.decrypt(file)).length} bytes`);
}
JS
cat > Many.java <<'JAVA'
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.*;
import java.util.List;

class Many {
  public static void main(String[] args) throws Exception {
    var reader = X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(Files.readString(Path.of("identity")));
    for (int recipients : new int[] {668, 669}) {
      String opened;
      try (var channel = new StandardDecryptingChannelFactory()
          .newDecryptingChannel(FileChannel.open(Path.of("for-" + recipients)), List.of(reader))) {
        opened = "opened, " + Channels.newInputStream(channel).readAllBytes().length + " bytes";
      } catch (java.io.IOException | java.security.GeneralSecurityException e) {
        opened = e.getMessage();
      }
      System.out.println("Jagged, made for " + recipients + ": " + opened);
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
{ node many.mjs; java -cp "$(cat cp.txt)" Many.java 2>/dev/null; } | tee seen.txt
diff seen.txt - <<'SEEN'
TypeScript, made for 668: opened, 16 bytes
TypeScript, made for 669: opened, 16 bytes
Jagged, made for 668: opened, 16 bytes
Jagged, made for 669: Message Authentication Code not found after Recipient Stanzas
SEEN
