package dev.muster.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.muster.home.FailureSentence;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.support.SQLErrorCodeSQLExceptionTranslator;

/** What others refuse is said in Muster's own words, which are there in all languages. */
class FailuresTest {

  private static final Sentences SENTENCES = new Sentences();

  @TempDir private Path folder;

  @Test
  void whatTheDiskRefuses() throws Exception {
    Path full = Files.createDirectory(folder.resolve("full"));
    Path file = Files.createFile(full.resolve("file"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path missing = folder.resolve("missing");
    Path tooLong = folder.resolve("n".repeat(300));

    assertSaid(() -> Files.readString(missing), "There is no file " + missing + ".");
    assertSaid(() -> Files.createFile(file), file + " is there already.");
    assertSaid(() -> Files.delete(full), "Folder " + full + " is not empty.");
    assertSaid(
        () -> {
          try (DirectoryStream<Path> unused = Files.newDirectoryStream(file)) {}
        },
        file + " is no folder.");
    assertSaid(
        () -> Files.createFile(file.resolve("below")), file.resolve("below") + " is no folder.");
    assertSaid(
        () -> FileChannel.open(full, StandardOpenOption.WRITE).close(),
        full + " is a folder, where a file is to be.");
    assertSaid(
        () -> new FileOutputStream(full.toFile()).close(),
        full + " is a folder, where a file is to be.");
    assertSaid(
        () -> FileChannel.open(link, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS).close(),
        "A file is a link, which Muster does not follow.");
    assertSaid(
        () -> Files.createFile(tooLong), "The name of " + tooLong + " is too long for its disk.");
  }

  @Test
  void whoDoesNotListen() throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    int free;
    try (ServerSocket server = new ServerSocket(0, 1, here)) {
      free = server.getLocalPort();
      assertSaid(
          () -> new ServerSocket(free, 1, here).close(),
          "The port is taken already, or the address is not of this machine.");
    }
    assertSaid(
        () -> new Socket(here, free).close(), "The connection was refused: nobody listens there.");
  }

  static Stream<Arguments> failures() {
    Path file = Path.of("/srv/muster/spool/x.csv");
    return Stream.of(
        arguments(
            new AccessDeniedException("/srv/x"),
            "Muster's user has no right to /srv/x. Let it read and write there."),
        arguments(
            new FileNotFoundException("/srv/x (Permission denied)"),
            "Muster's user has no right to /srv/x. Let it read and write there."),
        arguments(
            refused(file, "Read-only file system"),
            file + " lies on a disk that can only be read."),
        arguments(
            new UncheckedIOException(refused(file, "Input/output error")),
            "The disk of " + file + " does not work. Have it looked at."),
        arguments(
            new IOException("Input/output error"), "A disk does not work. Have it looked at."),
        arguments(
            refused(file, "Stale file handle"),
            "The shared folder of " + file + " is gone. Mount it again."),
        arguments(new IOException("No space left on device"), "There is no room left on a disk."),
        arguments(
            refused(file, "Disk quota exceeded"), "Muster's user may have no more of a disk."),
        arguments(
            refused(file, "Too many open files"),
            "This process has as many files and connections open as it may. Allow it more (ulimit"
                + " -n), and start it again."),
        arguments(
            new IOException(new OutOfMemoryError("Java heap space")),
            "This process has too little memory ('Java heap space'). Give it more, or the"
                + " machine."),
        arguments(new ClosedByInterruptException(), "It was interrupted, since its process ends."),
        arguments(new IOException("Connection reset by peer"), "The connection was cut."),
        arguments(new IOException("Broken pipe"), "The connection was cut."),
        arguments(new CompletionException(new ClosedChannelException()), "The connection was cut."),
        arguments(new SocketTimeoutException("Read timed out"), "There was no answer in time."),
        arguments(new ConnectException("Connection timed out"), "There was no answer in time."),
        arguments(new CompletionException(new TimeoutException()), "There was no answer in time."),
        arguments(
            new UnknownHostException("hub.example: Name or service not known"),
            "There is no machine with the name 'hub.example'."),
        arguments(new UnresolvedAddressException(), "There is no machine with that name."),
        arguments(
            new NoRouteToHostException("No route to host"),
            "There is no way to it in the network."),
        arguments(
            new ConnectException("Network is unreachable"),
            "There is no way to it in the network."),
        arguments( // as Java's HTTP client wraps it
            caused(
                new ConnectException(),
                caused(new ConnectException(), new UnresolvedAddressException())),
            "There is no machine with that name."),
        arguments(
            caused(new ConnectException(), new ClosedChannelException()),
            "The connection was refused: nobody listens there."),
        arguments(
            new BindException("Permission denied"),
            "Muster's user has no right to that port or address."),
        arguments(
            new SocketException("Too many open files"),
            "This process has as many files and connections open as it may. Allow it more (ulimit"
                + " -n), and start it again."),
        arguments(
            new CompletionException(
                new org.apache.kafka.common.errors.TimeoutException(
                    "Topic device-status not present in metadata after 5000 ms.")),
            "Something failed for which Muster has no words of its own: 'TimeoutException: Topic"
                + " device-status not present in metadata after 5000 ms.'. The log says where."),
        arguments(
            new QueryTimeoutException("q", new SQLException("canceling statement", "57014")),
            "PostgreSQL broke it off: it took too long, or somebody asked for that."),
        arguments(
            new BindException("Address already in use"),
            "The port is taken already, or the address is not of this machine."),
        arguments(
            new IOException(new SSLHandshakeException("PKIX path building failed")),
            "No encrypted connection comes about: 'PKIX path building failed'."),
        arguments(
            new SQLTransientConnectionException("Connection is not available"),
            "No connection to PostgreSQL was free in time."),
        arguments(
            new SQLTransientConnectionException(
                "Connection is not available",
                "08001",
                new PSQLException("refused", PSQLState.CONNECTION_UNABLE_TO_CONNECT)),
            "The connection to PostgreSQL was cut, or does not come about."),
        arguments(
            new SQLErrorCodeSQLExceptionTranslator("PostgreSQL")
                .translate("load", "COPY", new SQLException("ERROR: odd\n  Detail: x", "22P04")),
            "PostgreSQL answered: 'ERROR: odd Detail: x'."),
        arguments(
            new IllegalStateException(new NumberFormatException("For input string")),
            "Something failed for which Muster has no words of its own: 'NumberFormatException: For"
                + " input string'. The log says where."));
  }

  private static Throwable caused(Throwable failure, Throwable cause) {
    return failure.initCause(cause);
  }

  private static FileSystemException refused(Path file, String reason) {
    return new FileSystemException(file.toString(), null, reason);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void isSaidInEachLanguage(Throwable failure, String sentence) {
    assertSaid(failure, sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "53100, no room left on its disk",
    "53200, too little memory",
    "53300, as many connections",
    "57P01, 'ends, or begins'",
    "57P03, 'ends, or begins'",
    "57014, took too long",
    "55P03, a lock for too long",
    "40001, in each other's way",
    "40P01, in each other's way",
    "25006, takes no changes",
    "08006, was cut",
  })
  void whatPostgresqlRefuses(String state, String words) {
    Throwable failure = new IllegalStateException(new SQLException("as it says it", state));

    assertThat(FailureSentence.of(failure)).contains(words);
    assertKnown(FailureSentence.of(failure));
  }

  /** Sentences of Muster's are thrown by exceptions of Java's, too. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Others may read the private key /k. Make it its owner's alone: chmod 600.",
        "spring.mail.host is set, and muster.mail.from is not.",
        "There is no key. Make one with: openssl genpkey"
      })
  void whatMusterSaysItselfIsLeft(String said) {
    assertThat(FailureSentence.of(new UncheckedIOException(new IOException(said)))).isEqualTo(said);
  }

  private static void assertSaid(ThrowingCallable refused, String sentence) {
    Throwable failure = catchThrowable(refused);
    assertThat(failure).isNotNull();
    assertSaid(failure, sentence);
  }

  private static void assertSaid(Throwable failure, String sentence) {
    assertThat(FailureSentence.of(failure)).isEqualTo(sentence);
    assertKnown(sentence);
  }

  private static void assertKnown(String sentence) {
    for (Language language : List.of(Language.DE, Language.FR)) {
      assertThat(SENTENCES.in(language, sentence))
          .as("%s in %s", sentence, language)
          .hasValueSatisfying(said -> assertThat(said).isNotEqualTo(sentence));
    }
  }
}
