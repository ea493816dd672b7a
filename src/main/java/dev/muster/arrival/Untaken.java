package dev.muster.arrival;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Something that lies where manifests or lists are put down, and that its source does not take.
 *
 * @param place the folder in which it lies, as its sender knows it, such as {@code inbox/fabrikam/}
 * @param factory whose folder that is; null when it is nobody's
 * @param why it is not taken, as a sentence
 */
public record Untaken(
    String place, String name, @Nullable String factory, String why, String advice) {

  /** So many times as long as it must be quiet a file may be empty without a word. */
  public static final int LONG_EMPTY = 10;

  private static final Set<String> PACKED =
      Set.of("zip", "7z", "rar", "tar", "tgz", "bz2", "xz", "zst");
  private static final Set<String> WORKBOOKS =
      Set.of("xlsx", "xls", "xlsm", "xlsb", "ods", "numbers");

  /** By its name it is neither a manifest nor a list. */
  public static Untaken named(String place, String name, @Nullable String factory) {
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    String advice = "If it is a manifest or a list, put it there as .csv or .csv.gz.";
    if (PACKED.contains(ending)) {
      advice = "Unpack it, and put each file there as .csv or .csv.gz.";
    } else if (WORKBOOKS.contains(ending)) {
      advice = "Save it as CSV UTF-8, and put that there.";
    }
    return new Untaken(
        place,
        name,
        factory,
        "Its name ends neither in .csv nor in .csv.gz, so it is taken for no manifest and no list.",
        advice);
  }

  /** Its name is bytes that are no text, so that it can't be asked for by it. */
  static Untaken misread(String place, String name, @Nullable String factory) {
    return new Untaken(
        place,
        name,
        factory,
        "Its name is not in UTF-8, so it can't be opened.",
        "Rename it, best to letters without accents, digits, dots and hyphens.");
  }

  /** What answers it would have a name that is longer than names may be. */
  static Untaken tooLong(String place, String name, @Nullable String factory) {
    return new Untaken(
        place,
        name,
        factory,
        "Its name has more than %d bytes, so no answer could be put beside it."
            .formatted(Drop.MAX_NAME_BYTES),
        "Give it a shorter name.");
  }

  /** It lies above the factories' folders. */
  public static Untaken ofNobody(String place, String name) {
    return new Untaken(
        place,
        name,
        null,
        "It lies in no factory's folder.",
        "Put it into the folder of its factory, %sFACTORY/.".formatted(place));
  }

  /** It lies below its factory's folder, or is a folder there. */
  public static Untaken below(String place, String name, @Nullable String factory, boolean folder) {
    return new Untaken(
        place,
        name,
        factory,
        folder
            ? "It is a folder, and what is in it is not looked at."
            : "It lies in a folder within the factory's.",
        "Put the files into the factory's folder itself.");
  }

  /** To follow it would be to read what its owner may not. */
  static Untaken link(String place, String name, @Nullable String factory) {
    return new Untaken(
        place,
        name,
        factory,
        "It is a link or no plain file, and is not followed.",
        "Put the file itself there.");
  }

  /** It was created, and is not written yet, or never will be. */
  public static Untaken empty(String place, String name, @Nullable String factory) {
    return new Untaken(
        place,
        name,
        factory,
        "It is empty, and is waited for until something is in it.",
        "Write it, send it again whole, or take it away.");
  }
}
