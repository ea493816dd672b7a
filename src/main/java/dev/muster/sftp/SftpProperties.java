package dev.muster.sftp;

import java.nio.file.Path;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The SFTP server whose files are taken. Nothing of this is there unless its host is set.
 *
 * @param folder in which {@code inbox}, {@code revocations}, {@code archive}, {@code refused} and
 *     {@code outbox} lie; where one is after signing in by default
 * @param privateKey of the account, a file that only its owner may read (OpenSSH or PEM)
 * @param knownHosts a file as OpenSSH writes it, in which the server's key is
 * @param hostKey the fingerprint of the server's key instead, such as {@code SHA256:uNiV…}
 * @param sweep how often the folders are listed
 * @param quiet how long a file must not have changed before it is taken, by Muster's own clock
 * @param timeout for connecting, signing in, and each answer
 */
@Validated
@ConfigurationProperties("muster.sftp")
record SftpProperties(
    String host,
    @DefaultValue("22") int port,
    String user,
    @Nullable String password,
    @Nullable Path privateKey,
    @Nullable Path knownHosts,
    @Nullable String hostKey,
    @DefaultValue("") String folder,
    @DefaultValue("30s") @DurationMin(millis = 100) @DurationMax(days = 1) Duration sweep,
    @DefaultValue("10s") @DurationMin @DurationMax(hours = 1) Duration quiet,
    @DefaultValue("20s") @DurationMin(millis = 100) @DurationMax(minutes = 10) Duration timeout) {

  SftpProperties {
    if (user == null || user.isBlank() || (password == null) == (privateKey == null)) {
      throw new IllegalArgumentException(
          "muster.sftp needs the account that signs in: set muster.sftp.user, and"
              + " muster.sftp.private-key or muster.sftp.password.");
    }
    if ((knownHosts == null) == (hostKey == null)) {
      throw new IllegalArgumentException(
          "muster.sftp must know the server: set muster.sftp.known-hosts or muster.sftp.host-key.");
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "sftp://%s@%s:%d/%s".formatted(user, host, port, folder);
  }
}
