package dev.muster.blob;

import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import dev.muster.Await;
import dev.muster.FreePort;
import dev.muster.RequiredTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    return start(List.of("--inMemoryPersistence"), containers);
  }

  /** As {@link #start}, for more than fits into memory. */
  public static Azurite onDisk(Path folder, String... containers) throws Exception {
    return start(List.of("--location", folder.toString()), containers);
  }

  private static Azurite start(List<String> where, String... containers) throws Exception {
    RequiredTool.orSkip("node");
    RequiredTool.orSkip("npm");
    install();
    int port = FreePort.any();
    List<String> command = new ArrayList<>();
    command.add("node");
    command.add(INSTALLED.resolve("node_modules/azurite/dist/src/blob/main.js").toString());
    command.addAll(where);
    command.addAll(List.of("--skipApiVersionCheck", "--silent"));
    command.addAll(List.of("--blobHost", "127.0.0.1", "--blobPort", Integer.toString(port)));
    Process process =
        new ProcessBuilder(command)
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
    return connectionString("127.0.0.1");
  }

  /** The same for who knows this machine by another name. */
  public String connectionString(String host) {
    return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=%s;BlobEndpoint=http://%s:%d/devstoreaccount1;"
        .formatted(KEY, host, port);
  }

  public int port() {
    return port;
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
}
