package dev.muster.blob;

import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import dev.muster.Await;
import dev.muster.RequiredTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Azurite, Microsoft's emulator of Blob Storage, in a process of its own on a free port of
 * loopback. Installed once below {@code target/}. Needs node and npm.
 */
public final class Azurite implements AutoCloseable {

  private static final String VERSION = "3.37.0";
  private static final Path INSTALLED = Path.of("target", "azurite-" + VERSION).toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int INSTALL_MINUTES = 5;

  /** The one that Azurite's documentation publishes. */
  public static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private final int port;
  private final Process process;

  private Azurite(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it, with these containers. Skips the test on a machine without node, but fails in CI.
   */
  public static Azurite start(String... containers) throws Exception {
    RequiredTool.orSkip("node");
    RequiredTool.orSkip("npm");
    install();
    int port = freePort();
    Process process =
        new ProcessBuilder(
                "node",
                INSTALLED.resolve("node_modules/azurite/dist/src/blob/main.js").toString(),
                "--inMemoryPersistence",
                "--skipApiVersionCheck",
                "--silent",
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(INSTALLED.resolve("azurite-" + port + ".log").toFile())
            .start();
    Azurite azurite = new Azurite(port, process);
    try {
      Await.until(PATIENCE, azurite::answers, answers -> answers);
      for (String container : containers) {
        azurite.container(container).create();
      }
    } catch (Exception | AssertionError e) {
      azurite.close();
      throw e;
    }
    return azurite;
  }

  /** The account's connection string. */
  public String connectionString() {
    return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=%s;BlobEndpoint=http://127.0.0.1:%d/devstoreaccount1;"
        .formatted(KEY, port);
  }

  public BlobContainerClient container(String name) {
    return account().getBlobContainerClient(name);
  }

  public BlobClient blob(String container, String name) {
    return container(container).getBlobClient(name);
  }

  private BlobServiceClient account() {
    return new BlobServiceClientBuilder()
        .httpClient(new JdkHttpClientBuilder().build())
        .connectionString(connectionString())
        .buildClient();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("Azurite ended; see azurite-%d.log.".formatted(port));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void install() throws Exception {
    Files.createDirectories(INSTALLED);
    try (FileChannel lockFile =
            FileChannel.open(
                INSTALLED.resolve("install.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = lockFile.lock()) {
      Path done = INSTALLED.resolve("installed");
      if (lock.isValid() && Files.exists(done)) {
        return;
      }
      Path log = INSTALLED.resolve("npm.log");
      Process npm =
          new ProcessBuilder(
                  "npm",
                  "install",
                  "--prefix",
                  INSTALLED.toString(),
                  "--no-package-lock",
                  "--no-audit",
                  "--no-fund",
                  "azurite@" + VERSION)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!npm.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
        npm.destroyForcibly();
        throw new IllegalStateException("Azurite can't be installed: " + Files.readString(log));
      }
      Files.createFile(done);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
