package dev.muster.home;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What failed, as a sentence for people: what the operating system, the network, PostgreSQL, or
 * Java says of it is English and meant for programmers. The words of Linux are those of its {@code
 * strerror}, which Java passes on; PostgreSQL's codes are in its manual's appendix A.
 */
public final class FailureSentence {

  private static final String CUT = "The connection was cut.";
  private static final String NO_ANSWER = "There was no answer in time.";
  private static final String NO_FILE = "There is no file %s.";
  private static final String NO_FOLDER = "%s is no folder.";
  private static final String NO_RIGHT =
      "Muster's user has no right to %s. Let it read and write there.";

  /** Java adds to it. */
  private static final String LINK = "Too many levels of symbolic links";

  /** As {@code java.io} names a file, and what the operating system said of it. */
  private static final Pattern FILE_AND_REASON = Pattern.compile("(.+) \\((.+)\\)", Pattern.DOTALL);

  /** How Java begins the message of what wraps another. */
  private static final Pattern QUALIFIED =
      Pattern.compile("(?:\\w+[.])+\\w*(?:Exception|Error)\\b");

  /** How far down a failure is looked into: causes may go round. */
  private static final int DEEPEST = 20;

  private FailureSentence() {}

  /** What Muster says of it; else what Java says, quoted. */
  public static String of(Throwable failure) {
    return known(failure).orElseGet(() -> unknown(failure));
  }

  /** What Muster says of it, itself or of its cause; empty when it has no words for that. */
  public static Optional<String> known(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      String sentence = sentence(cause);
      if (sentence != null) {
        return Optional.of(sentence);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  private static String unknown(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; root.getCause() != null && depth < DEEPEST; depth++) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return "Something failed for which Muster has no words of its own: '%s'. The log says where."
        .formatted(root.getClass().getSimpleName() + (message == null ? "" : ": " + message));
  }

  private static @Nullable String sentence(Throwable cause) {
    String message = cause.getMessage();
    if (message != null && (isOurs(cause) || isSentence(cause, message))) {
      return message;
    }
    if (cause instanceof SQLException sql) {
      return ofDatabase(sql);
    }
    if (cause instanceof OutOfMemoryError) {
      return "This process has too little memory ('%s'). Give it more, or the machine."
          .formatted(message);
    }
    if (cause instanceof InterruptedException
        || cause instanceof ClosedByInterruptException
        || (cause instanceof InterruptedIOException
            && !(cause instanceof SocketTimeoutException))) {
      return "It was interrupted, since its process ends.";
    }
    if (cause instanceof FileSystemException file && file.getFile() != null) {
      return ofFile(file, file.getFile());
    }
    String ofNetwork = ofNetwork(cause, message == null ? "" : message);
    return ofNetwork != null || !(cause instanceof IOException) || message == null
        ? ofNetwork
        : ofSystem(message, cause instanceof FileNotFoundException);
  }

  private static boolean isOurs(Throwable cause) {
    return cause.getClass().getName().startsWith("dev.muster.");
  }

  /** What Muster says by an exception of Java's; Java itself ends nothing with a full stop. */
  private static boolean isSentence(Throwable cause, String message) {
    return (cause instanceof IOException
            || cause instanceof IllegalStateException
            || cause instanceof IllegalArgumentException)
        && (message.endsWith(".") || message.contains(". Make one with: "))
        && message.contains(" ")
        && !QUALIFIED.matcher(message).lookingAt();
  }

  private static @Nullable String ofFile(FileSystemException cause, String file) {
    if (cause instanceof NoSuchFileException) {
      return NO_FILE.formatted(file);
    }
    if (cause instanceof AccessDeniedException) {
      return NO_RIGHT.formatted(file);
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "%s is there already.".formatted(file);
    }
    if (cause instanceof NotDirectoryException) {
      return NO_FOLDER.formatted(file);
    }
    if (cause instanceof DirectoryNotEmptyException) {
      return "Folder %s is not empty.".formatted(file);
    }
    return ofSystem(file, Objects.requireNonNullElse(cause.getReason(), ""));
  }

  private static @Nullable String ofSystem(String message, boolean namesFile) {
    Matcher named = FILE_AND_REASON.matcher(message);
    return namesFile && named.matches()
        ? ofSystem(named.group(1), named.group(2))
        : ofSystem(message);
  }

  /**
   * @param reason as Linux words it
   */
  private static @Nullable String ofSystem(String file, String reason) {
    if (reason.startsWith(LINK)) {
      return "%s is a link, which Muster does not follow.".formatted(file);
    }
    return switch (reason) {
      case "No such file or directory" -> NO_FILE.formatted(file);
      case "Permission denied", "Operation not permitted" -> NO_RIGHT.formatted(file);
      case "Is a directory" -> "%s is a folder, where a file is to be.".formatted(file);
      case "Not a directory" -> NO_FOLDER.formatted(file);
      case "File name too long" -> "The name of %s is too long for its disk.".formatted(file);
      case "Read-only file system" -> "%s lies on a disk that can only be read.".formatted(file);
      case "Input/output error" ->
          "The disk of %s does not work. Have it looked at.".formatted(file);
      case "Stale file handle" ->
          "The shared folder of %s is gone. Mount it again.".formatted(file);
      default -> ofSystem(reason);
    };
  }

  /** As above, of a file that is not named. */
  private static @Nullable String ofSystem(String reason) {
    if (reason.startsWith(LINK)) {
      return "A file is a link, which Muster does not follow.";
    }
    return switch (reason) {
      case "Read-only file system" -> "A disk can only be read.";
      case "Input/output error" -> "A disk does not work. Have it looked at.";
      case "Stale file handle" -> "A shared folder is gone. Mount it again.";
      case "No space left on device" -> "There is no room left on a disk.";
      case "Disk quota exceeded" -> "Muster's user may have no more of a disk.";
      case "Too many open files" ->
          "This process has as many files and connections open as it may. Allow it more (ulimit"
              + " -n), and start it again.";
      case "Connection reset", "Connection reset by peer", "Broken pipe", "Socket closed" -> CUT;
      default -> null;
    };
  }

  private static @Nullable String ofNetwork(Throwable cause, String message) {
    if (cause instanceof UnknownHostException) {
      return "There is no machine with the name '%s'.".formatted(message.replaceFirst(":.*", ""));
    }
    if (cause instanceof UnresolvedAddressException) {
      return "There is no machine with that name.";
    }
    if (cause instanceof NoRouteToHostException || message.contains("Network is unreachable")) {
      return "There is no way to it in the network.";
    }
    if (cause instanceof SocketException && message.startsWith("Permission denied")) {
      return "Muster's user has no right to that port or address.";
    }
    if (cause instanceof BindException) {
      return "The port is taken already, or the address is not of this machine.";
    }
    if (cause instanceof SocketTimeoutException
        || cause instanceof HttpTimeoutException
        || isTimeout(cause, message)
        || (cause instanceof ConnectException && message.contains("timed out"))) {
      return NO_ANSWER;
    }
    if (cause instanceof ConnectException) {
      Throwable inner = cause.getCause(); // Java's HTTP client wraps what it met
      String met =
          inner == null || inner instanceof ClosedChannelException
              ? null
              : ofNetwork(inner, Objects.requireNonNullElse(inner.getMessage(), ""));
      return met == null ? "The connection was refused: nobody listens there." : met;
    }
    if (cause instanceof SSLException) {
      return "No encrypted connection comes about: '%s'.".formatted(message);
    }
    if (cause instanceof SocketException) {
      return Objects.requireNonNullElse(ofSystem(message), CUT);
    }
    return cause instanceof ClosedChannelException ? CUT : null;
  }

  /**
   * By its name; of Kafka's, one says what is not there, and Spring's are told by what they wrap.
   */
  private static boolean isTimeout(Throwable cause, String message) {
    return cause.getClass().getSimpleName().endsWith("TimeoutException")
        && !(cause.getCause() instanceof SQLException)
        && !message.contains("not present in metadata");
  }

  private static @Nullable String ofDatabase(SQLException cause) {
    String state = Objects.requireNonNullElse(cause.getSQLState(), "");
    if (cause instanceof SQLTransientConnectionException) { // of the pool
      return cause.getCause() == null ? "No connection to PostgreSQL was free in time." : null;
    }
    return switch (state) {
      case "53100" -> "PostgreSQL has no room left on its disk.";
      case "53200" -> "PostgreSQL has too little memory.";
      case "53300" -> "PostgreSQL has as many connections as it may have (max_connections).";
      case "57P01", "57P02", "57P03" -> "PostgreSQL ends, or begins, at this moment.";
      case "57014" -> "PostgreSQL broke it off: it took too long, or somebody asked for that.";
      case "55P03" -> "PostgreSQL broke it off: another had a lock for too long.";
      case "40001", "40P01" -> "PostgreSQL broke it off: two stood in each other's way.";
      case "25006" -> "PostgreSQL takes no changes: it is a standby, or is set to be read only.";
      default ->
          state.startsWith("08")
              ? "The connection to PostgreSQL was cut, or does not come about."
              : "PostgreSQL answered: '%s'.".formatted(onOneLine(cause));
    };
  }

  /** What a failure says itself, on one line. */
  public static String onOneLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }
}
