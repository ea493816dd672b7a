#!/usr/bin/env bash
# org.apache.sshd:sshd-sftp 2.17.1, as client (SftpFileSystem) and as server, Java 17 or newer
#
# Files.move with ATOMIC_MOVE either moves in one step or throws AtomicMoveNotSupportedException; that is what one publishes a file with,
# under a name where an older one lies. SftpFileSystem takes the option and does nothing about it: with REPLACE_EXISTING it asks the
# server to remove the old file, and then to rename the new one, also when the server offers a rename that replaces (SFTP 5 and later,
# posix-rename@openssh.com). Whoever looks in between finds neither, and a connection that breaks there leaves the name without a file.
# SftpClient.rename with CopyMode.Overwrite, by hand, is one request; ATOMIC_MOVE alone is refused where a file is.
# Right for Muster: what is written over SFTP under a name that may be there is no file that must always be there (docs/sources.md).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.sshd</groupId><artifactId>sshd-sftp</artifactId><version>2.17.1</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
cat > Move.java <<'JAVA'
import java.nio.file.*;
import java.util.*;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.client.*;
import org.apache.sshd.sftp.server.*;

class Move {
  static final List<String> ASKED = Collections.synchronizedList(new ArrayList<>());

  static void lay(Path root) throws Exception {
    Files.writeString(root.resolve("new"), "new");
    Files.writeString(root.resolve("index"), "old");
    ASKED.clear();
  }

  public static void main(String[] args) throws Exception {
    Path root = Files.createDirectory(Path.of("root")).toAbsolutePath();
    var subsystem = new SftpSubsystemFactory();
    subsystem.addSftpEventListener(new SftpEventListener() {
      @Override public void removing(ServerSession session, Path path, boolean isDirectory) {
        ASKED.add("remove " + path.getFileName());
      }

      @Override public void moving(ServerSession session, Path from, Path to, Collection<CopyOption> options) {
        ASKED.add("rename " + from.getFileName() + " to " + to.getFileName() + " " + options);
      }
    });
    var server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider());
    server.setPasswordAuthenticator((user, password, session) -> true);
    server.setFileSystemFactory(new VirtualFileSystemFactory(root));
    server.setSubsystemFactories(List.of(subsystem));
    server.start();
    var client = SshClient.setUpDefaultClient();
    client.setServerKeyVerifier((session, address, key) -> true);
    client.start();
    try (var session = client.connect("factory", "127.0.0.1", server.getPort()).verify(20_000).getSession()) {
      session.addPasswordIdentity("any");
      session.auth().verify(20_000);
      try (var files = SftpClientFactory.instance().createSftpFileSystem(session);
          var sftp = SftpClientFactory.instance().createSftpClient(session)) {
        lay(root);
        try {
          Files.move(files.getPath("/new"), files.getPath("/index"), StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
          System.out.println("ATOMIC_MOVE: " + e.getClass().getSimpleName());
        }
        Files.move(files.getPath("/new"), files.getPath("/index"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        System.out.println("ATOMIC_MOVE, REPLACE_EXISTING: " + ASKED);
        lay(root);
        sftp.rename("/new", "/index", SftpClient.CopyMode.Overwrite);
        System.out.println("SftpClient, Overwrite: " + ASKED);
      }
    }
    System.exit(0);
  }
}
JAVA
mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp.txt >&2
java -cp "$(cat cp.txt)" Move.java 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
ATOMIC_MOVE: FileAlreadyExistsException
ATOMIC_MOVE, REPLACE_EXISTING: [remove index, rename new to index []]
SftpClient, Overwrite: [rename new to index [REPLACE_EXISTING]]
SEEN
