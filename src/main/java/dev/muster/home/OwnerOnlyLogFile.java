package dev.muster.home;

import ch.qos.logback.core.rolling.RollingFileAppender;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Logback's rolling file, readable by its owner only, in a folder that only its owner may enter
 * (which covers the rolled and compressed ones). Named in logback-spring.xml.
 *
 * @param <E> what is logged
 */
public final class OwnerOnlyLogFile<E> extends RollingFileAppender<E> {

  @Override
  public void openFile(String name) throws IOException {
    Path file = Path.of(name);
    SecretFile.createParent(file);
    if (!Files.exists(file)) {
      try {
        SecretFile.open(file).close();
      } catch (FileAlreadyExistsException e) {
        // another process logs here too, and was first
      }
    }
    super.openFile(name);
  }

  /** Logback gives up, until it rolls again, a file that it could not open when it rolled. */
  @Override
  protected void subAppend(E event) {
    if (isOpen()) {
      super.subAppend(event);
    }
  }

  private boolean isOpen() {
    if (getOutputStream() != null) {
      return true;
    }
    streamWriteLock.lock();
    try {
      if (getOutputStream() == null) {
        openFile(getFile());
      }
      return true;
    } catch (IOException e) {
      return false; // the next line is another try
    } finally {
      streamWriteLock.unlock();
    }
  }
}
