package dev.muster.language;

import java.util.regex.Pattern;

/** How French is set. */
public final class French {

  /** A line must not end before these marks, nor behind an opening one. */
  public static final Pattern BREAKING_SPACE = Pattern.compile(" [;:!?»](?=[\\s\")]|$)|« ");

  private French() {}
}
