package dev.muster.denylist;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The deny list.
 *
 * @param enabled whether it is published
 * @param signingKey the Ed25519 private key that signs it (PKCS#8, PEM); required in production,
 *     elsewhere one is made
 * @param folder where its files lie; {@code deny-list} in the outbox when left out
 * @param filePermissions of its files; folders can be entered by whoever may read the files
 * @param topic in Kafka; told there whenever a broker is configured
 * @param poll how often is looked for what is still to be told
 * @param refresh the index is signed anew at least so often, so that readers can tell a list that
 *     has not changed from one that is not published any more
 * @param snapshotLines a new snapshot is made when the deltas since the last one have so many lines
 *     and half as many as it has
 * @param snapshotDeltas or when they are so many files
 * @param snapshotEvery or when it is so old, and something has changed
 * @param keepSnapshots how many snapshots are kept, with all deltas since the oldest
 * @param sendTimeout how long the broker may take to confirm
 * @param batch how many changes are sent before the broker must have confirmed them
 */
@Validated
@ConfigurationProperties("muster.deny-list")
record DenyListProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable Path signingKey,
    @Nullable Path folder,
    @DefaultValue("rw-------") @Pattern(regexp = "rw-[r-]--[r-]--") String filePermissions,
    @DefaultValue("device-status") String topic,
    @DefaultValue("1s") Duration poll,
    @DefaultValue("1h") Duration refresh,
    @DefaultValue("10000") @Min(1) long snapshotLines,
    @DefaultValue("1000") @Min(1) int snapshotDeltas,
    @DefaultValue("24h") Duration snapshotEvery,
    @DefaultValue("3") @Min(2) int keepSnapshots,
    @DefaultValue("10s") Duration sendTimeout,
    @DefaultValue("5000") @Min(1) @Max(100_000) int batch) {}
