#!/usr/bin/env bash
# azure-storage-blob 12.33.3 with azure-core-http-jdk-httpclient 1.1.3, Java 17 or newer; a server of some lines (Node) that keeps
# the service's side of the protocol, breaks off and falls silent
#
# RequestRetryOptions says how often a request is tried, and one sets maxTries to bound how long a service that is away is waited
# for. A download has a second, inner kind of retry, DownloadRetryOptions, for an answer that breaks off in its body: five times unless
# set, and each of these is a request with all its tries. So a download whose body breaks off, from a service that then is away, makes
# 1 + 5 x 3 requests with maxTries 3, and waits fifteen times as long as one try may take, not three times. One whose bodies all break
# off asks six times, each time for what is left.
# Right for Muster: set both; whoever wants to be through within a minute reckons with their product (docs/reliability.md).
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.azure</groupId><artifactId>azure-storage-blob</artifactId><version>12.33.3</version>
      <exclusions><exclusion><groupId>com.azure</groupId><artifactId>azure-core-http-netty</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>com.azure</groupId><artifactId>azure-core-http-jdk-httpclient</artifactId><version>1.1.3</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
cat > server.js <<'JS'
// /breaks: each body breaks off behind a byte. /away: the first one does, and then the service says nothing any more.
const asked = {};
const server = require("http").createServer((request, response) => {
  const name = request.url.split("?")[0].split("/").pop();
  if (name === "asked") return response.end(JSON.stringify(asked));
  asked[name] = (asked[name] || 0) + 1;
  if (name === "away" && asked[name] > 1) return;
  const from = Number(/bytes=(\d+)-/.exec(request.headers["x-ms-range"] || request.headers.range)[1]);
  response.writeHead(206, { "Content-Length": 8 - from, "Content-Range": `bytes ${from}-7/8`, ETag: '"0x1"', "x-ms-blob-type": "BlockBlob",
    "Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT", "x-ms-version": "2025-01-05" });
  response.write("1", () => setTimeout(() => request.socket.destroy(), 50));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS
node server.js > port.txt &
server=$!
for i in $(seq 50); do if [ -s port.txt ]; then break; fi; sleep 0.1; done
cat > Download.java <<'JAVA'
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClientBuilder;
import com.azure.storage.blob.models.*;
import com.azure.storage.common.policy.*;
import java.time.Duration;

class Download {
  public static void main(String[] args) {
    var retries = new RequestRetryOptions(RetryPolicyType.FIXED, 3, Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofMillis(10), null);
    for (String name : new String[] {"breaks", "away"}) {
      var blob = new BlobClientBuilder().endpoint("http://127.0.0.1:" + args[0] + "/devstoreaccount1/lots/" + name)
          .sasToken("sv=2025-01-05&sig=none").retryOptions(retries).buildClient();
      try {
        blob.downloadContentWithResponse(null, null, new BlobRange(0, 8L), false, Duration.ofMinutes(1), Context.NONE);
        System.out.println(name + " came");
      } catch (RuntimeException e) {
        System.out.println(name + " did not come");
      }
    }
    System.exit(0);
  }
}
JAVA
java -cp "$(cat cp.txt)" Download.java "$(cat port.txt)" 2>err.txt | tee seen.txt
node -e 'fetch("http://127.0.0.1:" + process.argv[1] + "/asked").then(a => a.json()).then(a => console.log("requests", JSON.stringify(a)))' "$(cat port.txt)" | tee -a seen.txt
diff seen.txt - <<'SEEN'
breaks did not come
away did not come
requests {"breaks":6,"away":16}
SEEN
