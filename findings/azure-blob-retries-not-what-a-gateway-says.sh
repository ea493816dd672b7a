#!/usr/bin/env bash
# azure-storage-blob 12.33.3 beside the azure-core 1.57.1 that it is made with; Java 17 or newer; a server of some lines (Node) that answers
# each request with an error
#
# All of Azure's libraries for Java try again what fails for a moment, and one would guess by the same rules, as they share azure-core. Its
# RetryPolicy tries 408, 429 and each 5xx again (but 501), and waits as long as the answer's Retry-After says. Storage has a policy
# of its own, which takes 429, 500 and 503 and no others: a 502 or 504, which is what a proxy or a gateway in front of the account says while
# it is away, and 408 are final with the first request, whatever RequestRetryOptions says of tries. And it does not look at Retry-After: an
# account that is asked for too much, and asks for a second's pause, is asked three times within that second and then given up.
# Right for Muster: whatever the account answers, what was under way is put off and begun anew by Muster's own pauses (the inbox's attempts,
# muster.deliveries.first-delay, the next sweep); the library's tries are for nothing longer than a moment.
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.azure</groupId><artifactId>azure-storage-blob</artifactId><version>12.33.3</version></dependency>
  </dependencies>
</project>
POM
cat > server.mjs <<'JS'
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
// /…/NAME/502 is answered with 502; /NAME/502/seen says how often that was asked for, and after what pauses
const seen = new Map();
const server = createServer((request, response) => {
  const path = request.url.split('?')[0].split('/').slice(-3);
  request.resume();
  if (path[2] === 'seen') {
    const times = seen.get(path.slice(0, 2).join('/')) ?? [];
    const pauses = times.slice(1).map((time, i) => time - times[i]);
    response.end(times.length + (pauses.length && Math.min(...pauses) >= 950 ? ', a second apart' : ''));
    return;
  }
  const name = path.slice(1).join('/');
  seen.set(name, [...(seen.get(name) ?? []), performance.now()]);
  response.writeHead(Number(path[2]), { 'Retry-After': '1' }).end();
});
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
setTimeout(() => process.exit(), 300_000);
JS
node server.mjs & server=$!
cat > Busy.java <<'JAVA'
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.net.URI;
import java.time.Duration;

class Busy {
  public static void main(String[] args) throws Exception {
    String address = "http://127.0.0.1:" + args[0];
    var storage = new BlobServiceClientBuilder().endpoint(address + "/account")
        .retryOptions(new RequestRetryOptions(RetryPolicyType.FIXED, 3, Duration.ofSeconds(30), Duration.ofMillis(100), Duration.ofMillis(100), null))
        .buildClient().getBlobContainerClient("storage");
    var core = new HttpPipelineBuilder().policies(new RetryPolicy()).build();
    for (int status : new int[] {408, 429, 500, 501, 502, 503, 504}) {
      try {
        storage.getBlobClient("" + status).getProperties();
      } catch (BlobStorageException e) {
        // as it should be
      }
      core.send(new HttpRequest(HttpMethod.HEAD, address + "/account/core/" + status)).block().close();
      System.out.println(status + ": storage asks " + seen(address + "/storage/" + status) + "; azure-core asks " + seen(address + "/core/" + status));
    }
    System.exit(0);
  }

  static String seen(String address) throws Exception {
    try (var said = URI.create(address + "/seen").toURL().openStream()) {
      return new String(said.readAllBytes());
    }
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
for i in $(seq 50); do [ -s port ] && break; sleep 0.2; done
java -cp "$(cat cp.txt)" Busy.java "$(cat port)" 2>/dev/null | grep -v RetryPolicy | tee seen.txt
diff seen.txt - <<'SEEN'
408: storage asks 1; azure-core asks 4, a second apart
429: storage asks 3; azure-core asks 4, a second apart
500: storage asks 3; azure-core asks 4, a second apart
501: storage asks 1; azure-core asks 1
502: storage asks 1; azure-core asks 4, a second apart
503: storage asks 3; azure-core asks 4, a second apart
504: storage asks 1; azure-core asks 4, a second apart
SEEN
