package dev.muster.delivery;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long factories may take.
 *
 * @param patience how long a bundle may lie before it is said that nobody has fetched it; as long
 *     before its old tokens end, it is said again
 */
@ConfigurationProperties("muster.bundles")
record BundleProperties(@DefaultValue("7d") Duration patience) {}
