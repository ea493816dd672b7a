package dev.muster.sftp;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.file.FileSystemFactory;
import org.apache.sshd.common.file.nativefs.NativeFileSystemFactory;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.server.Handle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/** Apache MINA's SFTP server on a free port of the loopback address, with one account. */
public final class SftpUnderTest implements AutoCloseable {

  static final String USER = "muster";
  static final String PASSWORD = "only-in-this-test";

  private final KeyPair hostKey;
  private final Path root;
  private SshServer server;

  private SftpUnderTest(Path root, KeyPair hostKey, SshServer server) {
    this.root = root;
    this.hostKey = hostKey;
    this.server = server;
  }

  static final String LOCKED = "locked-";

  public static SftpUnderTest start(Path root) throws IOException, GeneralSecurityException {
    Files.createDirectories(root);
    return start(root, new VirtualFileSystemFactory(root));
  }

  /** With all files of the machine, each under its whole path, and whatever its name is made of. */
  static SftpUnderTest ofThisMachine(Path root) throws IOException, GeneralSecurityException {
    return start(root, new NativeFileSystemFactory());
  }

  private static SftpUnderTest start(Path root, FileSystemFactory files)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(256);
    KeyPair hostKey = keys.generateKeyPair();
    return new SftpUnderTest(root, hostKey, server(files, hostKey, 0));
  }

  private static SshServer server(FileSystemFactory files, KeyPair hostKey, int port)
      throws IOException {
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setPort(port);
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setPasswordAuthenticator(
        (user, password, session) -> user.equals(USER) && password.equals(PASSWORD));
    SftpSubsystemFactory sftp = new SftpSubsystemFactory();
    sftp.addSftpEventListener(new Locked());
    server.setSubsystemFactories(List.of(sftp));
    server.setFileSystemFactory(files);
    server.start();
    return server;
  }

  /** Nobody may list a folder whose name begins with {@link #LOCKED}. */
  private static final class Locked implements SftpEventListener {
    @Override
    public void opening(ServerSession session, String remoteHandle, Handle localHandle)
        throws IOException {
      if (String.valueOf(localHandle.getFile().getFileName()).startsWith(LOCKED)) {
        throw new AccessDeniedException(localHandle.getFile().toString());
      }
    }
  }

  /** Where its files really lie. */
  public Path root() {
    return root;
  }

  int port() {
    return server.getPort();
  }

  String fingerprint() {
    return KeyUtils.getFingerPrint(BuiltinDigests.sha256, hostKey.getPublic());
  }

  /** The properties with which Muster finds it. */
  public List<String> properties() {
    return List.of(
        "muster.sftp.host=127.0.0.1",
        "muster.sftp.port=" + port(),
        "muster.sftp.user=" + USER,
        "muster.sftp.password=" + PASSWORD,
        "muster.sftp.host-key=" + fingerprint());
  }

  void stop() throws IOException {
    server.stop(true);
  }

  /** On the port it had. */
  void startAgain() throws IOException {
    server = server(server.getFileSystemFactory(), hostKey, server.getPort());
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }
}
