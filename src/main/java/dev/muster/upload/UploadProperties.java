package dev.muster.upload;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How uploads are taken.
 *
 * @param maxSize how large a file may be, as it is sent
 * @param keep how long one that was looked at waits to be confirmed
 * @param waiting how many of one factory may wait to be confirmed
 * @param checks how many are looked at side by side by one instance; the others wait
 * @param silence after how long without a sign of life a check is taken for dead, and begun again
 */
@Validated
@ConfigurationProperties("muster.uploads")
record UploadProperties(
    @DefaultValue("4GB") DataSize maxSize,
    @DefaultValue("24h") Duration keep,
    @DefaultValue("50") @Min(1) int waiting,
    @DefaultValue("1") @Min(1) @Max(8) int checks,
    @DefaultValue("2m") Duration silence) {}
