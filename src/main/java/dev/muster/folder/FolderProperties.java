package dev.muster.folder;

import java.time.Duration;
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
    @DefaultValue("500ms") Duration sweep, @DefaultValue("2s") Duration quiet) {}
