package dev.muster.sftp;

import dev.muster.arrival.DropFolders;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.fs.SftpFileSystem;
import org.jspecify.annotations.Nullable;

/** The server. Each use has a connection of its own, so that one that was cut is no matter. */
final class SftpServer implements AutoCloseable {

  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final SftpProperties properties;
  private @Nullable SshClient started;
  private volatile @Nullable String stranger;

  SftpServer(SftpProperties properties) {
    this.properties = properties;
  }

  @FunctionalInterface
  interface Use<T extends @Nullable Object, E extends Exception> {
    T of(DropFolders folders, Path outbox) throws IOException, E;
  }

  /**
   * Signs in, does that, and signs out.
   *
   * @throws IOException when the server is away, refuses us, or is not the one that is known
   */
  <T extends @Nullable Object, E extends Exception> T use(Use<T, E> use) throws IOException, E {
    try (ClientSession session = connect()) {
      if (properties.password() != null) {
        session.addPasswordIdentity(properties.password());
      } else {
        session.addPublicKeyIdentity(key(Objects.requireNonNull(properties.privateKey())));
      }
      session.auth().verify(properties.timeout());
      try (SftpFileSystem files = SftpClientFactory.instance().createSftpFileSystem(session)) {
        return use.of(folders(files), root(files).resolve("outbox"));
      }
    } catch (IOException e) {
      String shown = stranger;
      if (shown != null) {
        throw new IOException(
            "%s:%d shows the host key %s, which is not the one that Muster knows. If it is the server's, put it into muster.sftp.known-hosts or muster.sftp.host-key; if it is not, somebody is in between."
                .formatted(properties.host(), properties.port(), shown),
            e);
      }
      throw e;
    }
  }

  /** The path of what has this address, if it is here. */
  boolean holds(URI location) {
    return "sftp".equals(location.getScheme())
        && properties.host().equals(host(location))
        && properties.port() == location.getPort();
  }

  /** An IPv6 address without its brackets, as it is configured. */
  private static @Nullable String host(URI location) {
    String host = location.getHost();
    return host != null && host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  static Path at(URI location, DropFolders folders) {
    return folders.manifests().getFileSystem().getPath(location.getPath());
  }

  URI address(Path path) {
    try {
      return new URI(
          "sftp", null, properties.host(), properties.port(), path.toString(), null, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Path root(SftpFileSystem files) {
    return files.getPath(properties.folder()).toAbsolutePath().normalize();
  }

  private DropFolders folders(SftpFileSystem files) {
    Path root = root(files);
    return new DropFolders(
        root.resolve("inbox"),
        root.resolve("revocations"),
        root.resolve("archive"),
        root.resolve("refused"),
        this::address);
  }

  private ClientSession connect() throws IOException {
    return client()
        .connect(properties.user(), properties.host(), properties.port())
        .verify(properties.timeout())
        .getSession();
  }

  /** Lets the known server pass, and remembers the key of another. */
  private boolean isKnown(ClientSession session, SocketAddress address, PublicKey key) {
    boolean fine =
        properties.knownHosts() == null
            ? KeyUtils.checkFingerPrint(properties.hostKey(), key).getKey()
            : new KnownHostsServerKeyVerifier(
                    RejectAllServerKeyVerifier.INSTANCE, properties.knownHosts())
                .verifyServerKey(session, address, key);
    stranger = fine ? null : KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    return fine;
  }

  private static KeyPair key(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
        && !OWNER.containsAll(Files.getPosixFilePermissions(file))) {
      throw new IOException(
          "Others may read the private key %s. Make it its owner's alone: chmod 600."
              .formatted(file));
    }
    try {
      return new FileKeyPairProvider(file).loadKeys(null).iterator().next();
    } catch (RuntimeException e) {
      throw new IOException(
          "%s is no private key that can be read (%s)."
              .formatted(file, e.getClass().getSimpleName()));
    }
  }

  private synchronized SshClient client() {
    if (started == null) {
      SshClient client = SshClient.setUpDefaultClient();
      // Nothing but what is configured: neither ~/.ssh/config nor the keys that lie there
      client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
      client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
      client.setServerKeyVerifier(this::isKnown);
      SftpModuleProperties.SFTP_CHANNEL_OPEN_TIMEOUT.set(client, properties.timeout());
      // How long each answer is waited for, too
      CoreModuleProperties.IDLE_TIMEOUT.set(client, properties.timeout());
      client.start();
      started = client;
    }
    return started;
  }

  @Override
  public synchronized void close() {
    if (started != null) {
      started.stop();
      started = null;
    }
  }
}
