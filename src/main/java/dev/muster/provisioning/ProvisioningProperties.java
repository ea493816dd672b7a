package dev.muster.provisioning;

import dev.muster.manifest.RejectLimit;
import dev.muster.registry.DeviceChunk;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How manifests are provisioned.
 *
 * @param partitions how many ranges of a manifest are loaded, and parts of its bundle issued, side
 *     by side
 * @param chunkRows how many rows are loaded in one transaction; a chunk takes about 20 MB of memory
 *     at 125,000
 * @param partDevices how many devices a part of a bundle holds, about
 * @param maxRejects how many rows may be refused when the sender does not say: a number or a
 *     percentage
 * @param maxManifestSize how large a manifest may be, unpacked
 */
@Validated
@ConfigurationProperties("muster.provisioning")
public record ProvisioningProperties(
    @DefaultValue("2") @Min(1) @Max(64) int partitions,
    @DefaultValue("250000") @Min(1) @Max(DeviceChunk.MAX_ROWS) int chunkRows,
    @DefaultValue("250000") @Min(1) @Max(10_000_000) int partDevices,
    @DefaultValue("5%") RejectLimit maxRejects,
    @DefaultValue("16GB") DataSize maxManifestSize) {}
