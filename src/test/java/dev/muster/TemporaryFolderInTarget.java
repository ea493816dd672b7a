package dev.muster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Puts {@code @TempDir} below {@code target}: on a disk, where {@code /tmp} may be memory, and gone
 * with {@code mvn clean} should a test leave anything. See junit-platform.properties.
 */
public final class TemporaryFolderInTarget implements TempDirFactory {

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
      throws IOException {
    return create("test");
  }

  /** Another folder there, for what lives longer than a test. */
  public static Path create(String prefix) throws IOException {
    Path parent = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("target/tmp");
    return Files.createTempDirectory(Files.createDirectories(parent), prefix);
  }
}
