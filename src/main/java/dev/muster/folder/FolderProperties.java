package dev.muster.folder;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the folder is watched; not at all with {@code muster.folder.enabled=false}.
 *
 * @param sweep how often it is looked at
 * @param quiet how long a file must not have changed before it is taken
 */
@Validated
@ConfigurationProperties("muster.folder")
record FolderProperties(
    @DefaultValue("500ms") @DurationMin(millis = 10) @DurationMax(hours = 1) Duration sweep,
    @DefaultValue("2s") @DurationMin @DurationMax(hours = 1) Duration quiet) {}
