package dev.muster.provisioning;

import java.util.Map;

/**
 * It was counted what the registry took of a manifest. Published the first time that this is done
 * for a run, also when it then ends because too many rows were refused.
 */
public record ManifestSettled(String factory, long accepted, Map<String, Long> rejectsByCode) {

  public ManifestSettled {
    rejectsByCode = Map.copyOf(rejectsByCode);
  }
}
