package dev.muster.revocation;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How revocation lists are applied.
 *
 * @param chunkRows how many entries are applied in one transaction; each chunk reads the registry
 *     once, so more is faster, but a load waits for as long as a chunk takes
 * @param maxListSize how large a list may be, unpacked
 */
@Validated
@ConfigurationProperties("muster.revocations")
public record RevocationProperties(
    @DefaultValue("500000") @Min(1) @Max(1_000_000) int chunkRows,
    @DefaultValue("4GB") DataSize maxListSize) {}
