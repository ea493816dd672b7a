package dev.muster.denylist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/** Who may read the list, where the file system knows. */
final class FilePermissions {

  private FilePermissions() {}

  static void set(Path path, String permissions) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view != null) {
      view.setPermissions(PosixFilePermissions.fromString(permissions));
    }
  }

  /** Of the folder: whoever may read the files may enter it. */
  static String folder(String ofFiles) {
    return "rwx"
        + (ofFiles.charAt(3) == 'r' ? "r-x" : "---")
        + (ofFiles.charAt(6) == 'r' ? "r-x" : "---");
  }
}
