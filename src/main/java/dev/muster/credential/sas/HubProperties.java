package dev.muster.credential.sas;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The hubs as they are configured under {@code muster.hubs}.
 *
 * @param hubs empty when none is configured
 */
@ConfigurationProperties("muster")
record HubProperties(@DefaultValue List<HubProperty> hubs) {

  record HubProperty(
      @Nullable String name,
      @Nullable String namespace,
      @Nullable String eventHub,
      @Nullable String keyName,
      @Nullable String primaryKey,
      @Nullable String secondaryKey,
      @DefaultValue("1") int weight,
      @Nullable String manageKeyName,
      @Nullable String manageKey,
      @DefaultValue("false") boolean manageWithIdentity,
      @DefaultValue("false") boolean draining) {

    Hub toHub(int index) {
      return new Hub(
          given(name, index, "name"),
          given(namespace, index, "namespace"),
          given(eventHub, index, "event-hub"),
          given(keyName, index, "key-name"),
          new SharedAccessKey(given(primaryKey, index, "primary-key")),
          secondaryKey == null || secondaryKey.isBlank()
              ? null
              : new SharedAccessKey(secondaryKey.strip()),
          weight,
          management(index));
    }

    private @Nullable HubManagement management(int index) {
      if (manageKeyName != null && !manageKeyName.isBlank()) {
        return new HubManagement.Policy(
            manageKeyName.strip(), new SharedAccessKey(given(manageKey, index, "manage-key")));
      }
      if (manageKey != null && !manageKey.isBlank()) {
        throw new IllegalStateException(
            "muster.hubs[%d].manage-key is set, but .manage-key-name is not.".formatted(index));
      }
      return manageWithIdentity ? new HubManagement.Identity() : null;
    }

    private static String given(@Nullable String value, int index, String property) {
      if (value == null || value.isBlank()) {
        throw new IllegalStateException(
            "muster.hubs[%d].%s is not set.".formatted(index, property));
      }
      return value.strip();
    }

    /** Without the keys. */
    @Override
    public String toString() {
      return "HubProperty[" + name + "]";
    }
  }
}
