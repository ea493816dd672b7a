package dev.muster.eventhubs;

import com.azure.messaging.eventhubs.CheckpointStore;
import com.azure.messaging.eventhubs.models.Checkpoint;
import com.azure.messaging.eventhubs.models.PartitionOwnership;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Checkpoints and ownerships for processors of one hub and one consumer group, in memory. */
public final class InMemoryCheckpointStore implements CheckpointStore {

  private final Map<String, PartitionOwnership> ownerships = new LinkedHashMap<>();
  private final Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();

  @Override
  public Flux<PartitionOwnership> listOwnership(
      String fullyQualifiedNamespace, String eventHubName, String consumerGroup) {
    return Flux.defer(() -> Flux.fromIterable(copiedOwnerships()));
  }

  @Override
  public Flux<PartitionOwnership> claimOwnership(List<PartitionOwnership> requested) {
    return Flux.defer(() -> Flux.fromIterable(claim(requested)));
  }

  @Override
  public Flux<Checkpoint> listCheckpoints(
      String fullyQualifiedNamespace, String eventHubName, String consumerGroup) {
    return Flux.defer(() -> Flux.fromIterable(copiedCheckpoints()));
  }

  @Override
  public Mono<Void> updateCheckpoint(Checkpoint checkpoint) {
    return Mono.fromRunnable(() -> keep(checkpoint));
  }

  private synchronized List<PartitionOwnership> copiedOwnerships() {
    return ownerships.values().stream().map(InMemoryCheckpointStore::copy).toList();
  }

  private synchronized List<Checkpoint> copiedCheckpoints() {
    return List.copyOf(checkpoints.values());
  }

  private synchronized void keep(Checkpoint checkpoint) {
    checkpoints.put(checkpoint.getPartitionId(), checkpoint);
  }

  // Whoever does not know the present owner's mark has come too late, as with a blob's ETag.
  private synchronized List<PartitionOwnership> claim(List<PartitionOwnership> requested) {
    List<PartitionOwnership> claimed = new ArrayList<>();
    for (PartitionOwnership request : requested) {
      PartitionOwnership present = ownerships.get(request.getPartitionId());
      if (present == null || Objects.equals(present.getETag(), request.getETag())) {
        PartitionOwnership granted =
            copy(request)
                .setETag(UUID.randomUUID().toString())
                .setLastModifiedTime(System.currentTimeMillis());
        ownerships.put(granted.getPartitionId(), granted);
        claimed.add(copy(granted));
      }
    }
    return claimed;
  }

  private static PartitionOwnership copy(PartitionOwnership ownership) {
    return new PartitionOwnership()
        .setFullyQualifiedNamespace(ownership.getFullyQualifiedNamespace())
        .setEventHubName(ownership.getEventHubName())
        .setConsumerGroup(ownership.getConsumerGroup())
        .setPartitionId(ownership.getPartitionId())
        .setOwnerId(ownership.getOwnerId())
        .setLastModifiedTime(ownership.getLastModifiedTime())
        .setETag(ownership.getETag());
  }
}
