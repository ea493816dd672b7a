package dev.muster.http;

import java.nio.charset.StandardCharsets;
import org.springframework.http.ContentDisposition;

/** How an answer says that it is to be saved, and under which name. */
public final class Attachment {

  private Attachment() {}

  /**
   * The header's value. A name that is ASCII stands in it as it is: not every program that saves
   * files reads the other form.
   *
   * @param name may hold any letter
   */
  public static ContentDisposition named(String name) {
    ContentDisposition.Builder attachment = ContentDisposition.attachment();
    return (StandardCharsets.US_ASCII.newEncoder().canEncode(name)
            ? attachment.filename(name)
            : attachment.filename(name, StandardCharsets.UTF_8))
        .build();
  }

  /**
   * The same for one of the files of something: saved beside others, it says what it is of.
   *
   * @param of what that is called, such as a manifest
   */
  public static ContentDisposition named(String of, String file) {
    return named(of + "-" + file);
  }
}
