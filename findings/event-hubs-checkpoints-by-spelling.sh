#!/usr/bin/env bash
# azure-messaging-eventhubs-checkpointstore-blob 1.21.5 (Java 17 or newer) and @azure/eventhubs-checkpointstore-blob 2.0.0 (npm, node 20
# or newer); Azurite 3.37.0 as the service
#
# Both keep in a container how far a consumer group has read, under the same kind of name, and hubs' and groups' names have no case in
# Event Hubs. One would guess that a program in Java that is replaced by one in JavaScript goes on where the first stood. The JavaScript
# library writes the names in lower case, Java's as they were spelt. So neither finds what the other wrote, whatever the hub is called, as
# long as the group is the one that there always is, `$Default`; and in Java `Devices` and `devices` are read from the beginning each. In
# Java a checkpoint goes backwards as well, without an error: 5 after 10 is 5.
# Right for Muster: a hub and a group are spelt the same way for good, or everything is read once more (docs/sources.md); what is read
# again is not taken again.
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT; cd "$folder"
npm install --silent --no-audit --no-fund azurite@3.37.0 @azure/eventhubs-checkpointstore-blob@2.0.0 @azure/storage-blob@12.28.0 >&2
port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
node_modules/.bin/azurite-blob --inMemoryPersistence --skipApiVersionCheck --silent --blobHost 127.0.0.1 --blobPort "$port" >&2 &
server=$!
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.azure</groupId><artifactId>azure-messaging-eventhubs-checkpointstore-blob</artifactId><version>1.21.5</version></dependency>
  </dependencies>
</project>
POM
cat > Checkpoints.java <<'JAVA'
import com.azure.messaging.eventhubs.checkpointstore.blob.BlobCheckpointStore;
import com.azure.messaging.eventhubs.models.Checkpoint;
import com.azure.storage.blob.BlobContainerClientBuilder;
import java.util.List;

class Checkpoints {
  public static void main(String[] args) {
    var container = new BlobContainerClientBuilder().connectionString(args[0]).containerName("checkpoints").buildAsyncClient();
    container.createIfNotExists().block();
    var store = new BlobCheckpointStore(container);
    for (String hub : List.of("Devices", "sensors")) {
      for (long number : new long[] {10, 5}) {
        store.updateCheckpoint(new Checkpoint().setFullyQualifiedNamespace("example.servicebus.windows.net").setEventHubName(hub)
            .setConsumerGroup("$Default").setPartitionId("0").setSequenceNumber(number).setOffsetString(Long.toString(number))).block();
      }
    }
    for (String hub : List.of("Devices", "devices", "sensors")) {
      System.out.println("Java wrote 10, then 5, to Devices and sensors; Java finds for " + hub + ": "
          + store.listCheckpoints("example.servicebus.windows.net", hub, "$Default").map(Checkpoint::getSequenceNumber).collectList().block());
    }
    System.exit(0);
  }
}
JAVA
cat > checkpoints.mjs <<'JS'
import { ContainerClient } from "@azure/storage-blob";
import { BlobCheckpointStore } from "@azure/eventhubs-checkpointstore-blob";

const container = new ContainerClient(process.argv[2], "checkpoints");
const store = new BlobCheckpointStore(container);
const find = async (hub) =>
  (await store.listCheckpoints("example.servicebus.windows.net", hub, "$Default")).map((c) => c.sequenceNumber).join();
for (const hub of ["Devices", "sensors"]) {
  console.log(`JavaScript finds for ${hub}: [${await find(hub)}]`);
}
await store.updateCheckpoint({
  fullyQualifiedNamespace: "example.servicebus.windows.net", eventHubName: "Devices", consumerGroup: "$Default",
  partitionId: "0", sequenceNumber: 77, offset: "77",
});
console.log(`JavaScript wrote 77 to Devices; JavaScript finds for devices: [${await find("devices")}]`);
for await (const blob of container.listBlobsFlat()) {
  console.log(blob.name);
}
JS
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
# Azurite's well-known development account
key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==
account="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=$key;BlobEndpoint=http://127.0.0.1:$port/devstoreaccount1;"
for i in $(seq 50); do if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi; sleep 0.2; done
{
  java -cp "$(cat cp.txt)" Checkpoints.java "$account" 2>/dev/null
  node checkpoints.mjs "$account"
} | tee seen.txt
diff seen.txt - <<'SEEN'
Java wrote 10, then 5, to Devices and sensors; Java finds for Devices: [5]
Java wrote 10, then 5, to Devices and sensors; Java finds for devices: []
Java wrote 10, then 5, to Devices and sensors; Java finds for sensors: [5]
JavaScript finds for Devices: []
JavaScript finds for sensors: []
JavaScript wrote 77 to Devices; JavaScript finds for devices: [77]
example.servicebus.windows.net/Devices/$Default/checkpoint/0
example.servicebus.windows.net/devices/$default/checkpoint/0
example.servicebus.windows.net/sensors/$Default/checkpoint/0
SEEN
