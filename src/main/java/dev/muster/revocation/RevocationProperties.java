package dev.muster.revocation;

import dev.muster.factory.Ceiling;
import dev.muster.manifest.RejectLimit;
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
 * @param maxRejects how many rows of a list may be rejected when neither its sender nor its factory
 *     says; more fail it before anything is applied
 * @param ceiling how many devices a list may take out of service or bring back, and a choice renew
 *     or move, on one person's word, when its factory does not say
 */
@Validated
@ConfigurationProperties("muster.revocations")
public record RevocationProperties(
    @DefaultValue("500000") @Min(1) @Max(1_000_000) int chunkRows,
    @DefaultValue("4GB") DataSize maxListSize,
    @DefaultValue("5%") RejectLimit maxRejects,
    @DefaultValue("1000 or 5%") Ceiling ceiling) {}
