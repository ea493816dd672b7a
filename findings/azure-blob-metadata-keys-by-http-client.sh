#!/usr/bin/env bash
# azure-storage-blob 12.33.3 with azure-core-http-jdk-httpclient 1.1.3 beside the usual azure-core-http-netty 1.16.3; Azurite 3.37.0
# (npm) as the service; Java 17 or newer
#
# A blob's metadata keys keep their case: azure-core-http-netty gives "LotNumber" back as it was set, wherever it is read. Over the
# JDK's HTTP client the same library gives "lotnumber" in getProperties and in a download, because that client lower-cases the names
# of headers and metadata are headers there; a listing, where metadata are XML, gives "LotNumber". So which key a program finds
# depends on the HTTP client on the class path and on how it came by the blob.
# Right for Muster: compare keys without case, and write a sender's keys back as the listing has them.
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund azurite@3.37.0 >&2
port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
node_modules/.bin/azurite-blob --inMemoryPersistence --skipApiVersionCheck --silent --blobHost 127.0.0.1 --blobPort "$port" >&2 &
server=$!
for client in jdk netty; do
  mkdir $client
  if [ $client = jdk ]; then
    http='<dependency><groupId>com.azure</groupId><artifactId>azure-core-http-jdk-httpclient</artifactId><version>1.1.3</version></dependency>'
    without='<exclusions><exclusion><groupId>com.azure</groupId><artifactId>azure-core-http-netty</artifactId></exclusion></exclusions>'
  else
    http=; without=
  fi
  cat > $client/pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.azure</groupId><artifactId>azure-storage-blob</artifactId><version>12.33.3</version>$without</dependency>
    $http
  </dependencies>
</project>
POM
  mvn -q -B -f $client/pom.xml dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
done
cat > Keys.java <<'JAVA'
import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.models.*;
import java.util.Map;

class Keys {
  public static void main(String[] args) {
    // Azurite's well-known development account
    String key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    var container = new BlobServiceClientBuilder()
        .connectionString("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=" + key
            + ";BlobEndpoint=http://127.0.0.1:" + args[1] + "/devstoreaccount1")
        .buildClient().getBlobContainerClient(args[0]);
    container.createIfNotExists();
    var blob = container.getBlobClient("lot.csv");
    blob.upload(BinaryData.fromString("device_id"), true);
    blob.setMetadata(Map.of("LotNumber", "7"));
    System.out.println(args[0] + " properties " + blob.getProperties().getMetadata().keySet());
    System.out.println(args[0] + " download   " + blob.downloadContentWithResponse(null, null, null, null).getDeserializedHeaders().getMetadata().keySet());
    container.listBlobs(new ListBlobsOptions().setDetails(new BlobListDetails().setRetrieveMetadata(true)), null)
        .forEach(item -> System.out.println(args[0] + " listing    " + item.getMetadata().keySet()));
    System.exit(0);
  }
}
JAVA
for i in $(seq 50); do if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi; sleep 0.2; done
for client in jdk netty; do
  java -Djdk.httpclient.allowRestrictedHeaders=content-length -cp "$(cat $client/cp.txt)" Keys.java $client "$port" 2>err-$client.txt
done | tee seen.txt
diff seen.txt - <<'SEEN'
jdk properties [lotnumber]
jdk download   [lotnumber]
jdk listing    [LotNumber]
netty properties [LotNumber]
netty download   [LotNumber]
netty listing    [LotNumber]
SEEN
