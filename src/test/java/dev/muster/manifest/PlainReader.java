package dev.muster.manifest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows as docs/manifests.md says, a character at a time. Slow, and by another way than {@link
 * RecordCursor} and {@link RecordFields}, which are held against it.
 */
final class PlainReader {

  /**
   * A row.
   *
   * @param line on which it begins
   * @param text without its line end
   * @param fields without quotes and what is no part of them; of no account when it is malformed
   * @param malformed whether text follows a closing quote
   */
  record Row(long line, String text, List<String> fields, boolean malformed) {

    /** {@code =""} is no blank field: somebody has written it. */
    boolean blank() {
      return !malformed && fields.stream().allMatch(String::isEmpty) && !text.contains("=");
    }

    boolean trailer(char separator) {
      int at = 0;
      while (at < text.length()
          && text.charAt(at) != separator
          && (text.charAt(at) == '"' || Edges.isEdge(text.charAt(at)))) {
        at++;
      }
      return at < text.length() && text.charAt(at) == '#';
    }
  }

  /** The rows up to a quote that never closes. */
  record Rows(List<Row> rows, boolean unclosed) {}

  private final String text;
  private final char separator;
  private int at;
  private long line;

  private PlainReader(String text, char separator, long line) {
    this.text = text;
    this.separator = separator;
    this.line = line;
  }

  /**
   * @param line on which the text begins
   */
  static Rows rows(String text, Separator separator, long line) {
    PlainReader reader = new PlainReader(text, (char) separator.character(), line);
    List<Row> rows = new ArrayList<>();
    while (reader.at < text.length()) {
      Row row = reader.row();
      if (row == null) {
        return new Rows(rows, true);
      }
      rows.add(row);
    }
    return new Rows(rows, false);
  }

  private @Nullable Row row() {
    int start = at;
    long first = line;
    List<String> fields = new ArrayList<>();
    boolean malformed = false;
    boolean further = true;
    while (further) {
      skipEdges();
      String field = "";
      if (at < text.length() && text.charAt(at) == '"') {
        field = quoted();
        if (field == null) {
          return null;
        }
        skipEdges();
        malformed |= !atEndOfField();
      }
      int from = at;
      while (!atEndOfField()) {
        at++;
      }
      fields.add(value(field + text.substring(from, at)));
      further = at < text.length() && text.charAt(at) == separator;
      at += further ? 1 : 0;
    }
    int end = at;
    while (end > start && text.charAt(end - 1) == '\r') {
      end--;
    }
    at++;
    line++;
    return new Row(first, text.substring(start, end), fields, malformed);
  }

  private @Nullable String quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"' && (at + 1 == text.length() || text.charAt(at + 1) != '"')) {
        at++;
        return value.toString();
      }
      at += c == '"' ? 1 : 0;
      line += c == '\n' ? 1 : 0;
      value.append(c);
    }
    return null;
  }

  private void skipEdges() {
    while (!atEndOfField() && Edges.isEdge(text.charAt(at))) {
      at++;
    }
  }

  private boolean atEndOfField() {
    return at >= text.length() || text.charAt(at) == separator || text.charAt(at) == '\n';
  }

  private static String value(String field) {
    String value = Edges.strip(field);
    return value.length() > 2 && value.startsWith("=\"") && value.endsWith("\"")
        ? Edges.strip(value.substring(2, value.length() - 1))
        : value;
  }
}
