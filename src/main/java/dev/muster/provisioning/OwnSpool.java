package dev.muster.provisioning;

import dev.muster.registry.AcceptedDevices;
import dev.muster.registry.Manifests;
import dev.muster.run.ExecutionLeft;
import dev.muster.run.RunHistory;
import dev.muster.run.RunKind;
import dev.muster.store.Spool;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * What chunks left in the spool of this process alone, where instances share no disk: whoever goes
 * on with the run reads the registry, and nobody else would remove it.
 */
@Component
class OwnSpool {

  private static final Logger LOG = LoggerFactory.getLogger(OwnSpool.class);

  private final Spool spool;
  private final AcceptedDevices acceptedDevices;
  private final Manifests manifests;
  private final RunHistory history;

  OwnSpool(Spool spool, AcceptedDevices acceptedDevices, Manifests manifests, RunHistory history) {
    this.spool = spool;
    this.acceptedDevices = acceptedDevices;
    this.manifests = manifests;
    this.history = history;
  }

  @EventListener
  void left(ExecutionLeft event) {
    if (!spool.keepsOwnDevices()) {
      return;
    }
    try {
      Map<String, String> asked = history.asked(event.execution());
      String factory = asked.get(RunKind.FACTORY);
      String sha256 = asked.get(RunKind.SHA256);
      if (factory != null && sha256 != null) {
        long round = Long.parseLong(asked.getOrDefault(RunParameters.ROUND, "0"));
        manifests.find(factory, sha256, round).ifPresent(manifest -> remove(manifest.id()));
      }
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("spool=left execution={} {}", event.execution(), e.getMessage()); // swept later
    }
  }

  private void remove(int manifest) {
    try {
      acceptedDevices.removeSpooled(spool.devices(manifest));
    } catch (IOException e) {
      LOG.warn("spool=left manifest={} {}", manifest, e.toString());
    }
  }
}
