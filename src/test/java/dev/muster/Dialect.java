package dev.muster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** One of the ways in which the same table is sent as a file; none of them changes what it says. */
public record Dialect(
    char separator,
    Encoding encoding,
    String lineEnd,
    boolean quoteAll,
    Packing packing,
    String trailer,
    boolean blankRows) {

  /** How the text becomes bytes. */
  public enum Encoding {
    UTF_8(StandardCharsets.UTF_8, ""),
    UTF_8_MARKED(StandardCharsets.UTF_8, "\uFEFF"),
    UTF_16BE(StandardCharsets.UTF_16BE, "\uFEFF"),
    UTF_16LE(StandardCharsets.UTF_16LE, "\uFEFF"),
    /** Which the factory's format must say. */
    WINDOWS_1252(Charset.forName("windows-1252"), "");

    private final Charset charset;
    private final String mark;

    Encoding(Charset charset, String mark) {
      this.charset = charset;
      this.mark = mark;
    }

    public boolean canWrite(String text) {
      return charset.newEncoder().canEncode(text);
    }
  }

  /** What the bytes are packed into. */
  public enum Packing {
    PLAIN,
    GZIP,
    /** Two members and the zeros of a tape. */
    MEMBERS
  }

  /** Values that one dialect or the other must quote or has for an edge, and some plain ones. */
  public static final List<String> TEXTS =
      List.of(
          "",
          "TH-200",
          "Nordlicht, groß",
          "a;b",
          "a|b",
          "a\tb",
          "5\" pipe",
          "x\u00A0y",
          "東",
          "#7",
          "two\nlines");

  private static final String[] EDGES = {"", "", " ", "\u00A0", "\u200B", "\uFEFF", "\u3000"};
  private static final List<Character> SEPARATORS = List.of(',', ';', '\t', '|');
  private static final List<String> LINE_ENDS = List.of("\n", "\r\n", "\r\r\n");

  /** Of the number of rows, and of the separators that a spreadsheet writes behind it. */
  private static final List<String> TRAILERS =
      List.of("", "# rows=%d", "\"# rows=%d\"", "# rows=%d%2$s", " # ROWS: %d%2$s");

  private static final List<Boolean> EITHER = List.of(false, true);

  /** As RFC 4180 has it. */
  public static final Dialect PLAIN =
      new Dialect(',', Encoding.UTF_8, "\n", false, Packing.PLAIN, "", false);

  /** Each with each: 3,600. */
  public static List<Dialect> all() {
    List<Dialect> all = new ArrayList<>();
    for (Encoding encoding : Encoding.values()) {
      for (char separator : SEPARATORS) {
        for (String lineEnd : LINE_ENDS) {
          for (boolean quoteAll : EITHER) {
            for (Packing packing : Packing.values()) {
              for (String trailer : TRAILERS) {
                for (boolean blanks : EITHER) {
                  all.add(
                      new Dialect(
                          separator, encoding, lineEnd, quoteAll, packing, trailer, blanks));
                }
              }
            }
          }
        }
      }
    }
    return all;
  }

  /** So many of them, in which each separator, encoding, line end … comes about equally often. */
  public static List<Dialect> some(int count, Random random) {
    List<List<?>> choices = new ArrayList<>();
    for (List<?> choice :
        List.of(
            SEPARATORS,
            List.of(Encoding.values()),
            LINE_ENDS,
            EITHER,
            List.of(Packing.values()),
            TRAILERS,
            EITHER)) {
      List<Object> filled =
          IntStream.range(0, count)
              .mapToObj(i -> (Object) choice.get(i % choice.size()))
              .collect(Collectors.toCollection(ArrayList::new));
      Collections.shuffle(filled, random);
      choices.add(filled);
    }
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new Dialect(
                    (Character) choices.get(0).get(i),
                    (Encoding) choices.get(1).get(i),
                    (String) choices.get(2).get(i),
                    (Boolean) choices.get(3).get(i),
                    (Packing) choices.get(4).get(i),
                    (String) choices.get(5).get(i),
                    (Boolean) choices.get(6).get(i)))
        .toList();
  }

  /**
   * The table as a file.
   *
   * @param header as it is written; names that hold blanks are quoted
   * @param random says what stands at the edges of fields, and where blank rows stand
   */
  public byte[] write(List<String> header, List<List<String>> rows, Random random)
      throws IOException {
    String between = String.valueOf(separator);
    String blank = between.repeat(header.size() - 1) + lineEnd;
    StringBuilder text = new StringBuilder(encoding.mark).append(blankRows ? blank : "");
    text.append(line(header, random)).append(lineEnd);
    for (List<String> row : rows) {
      text.append(line(row, random)).append(lineEnd);
      if (blankRows && random.nextInt(4) == 0) {
        text.append(random.nextBoolean() ? blank : lineEnd);
      }
    }
    text.append(trailer.formatted(rows.size(), between.repeat(random.nextInt(4))));
    return packed(text.toString().getBytes(encoding.charset), random);
  }

  private String line(List<String> fields, Random random) {
    return fields.stream()
        .map(field -> edge(random) + quoted(field) + edge(random))
        .collect(Collectors.joining(String.valueOf(separator)));
  }

  private String quoted(String field) {
    boolean quotes =
        quoteAll || field.chars().anyMatch(c -> c == separator || "\"\n".indexOf(c) >= 0);
    return quotes ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }

  private String edge(Random random) {
    String edge = EDGES[random.nextInt(EDGES.length)];
    return equals(PLAIN) || !encoding.canWrite(edge) ? "" : edge;
  }

  private byte[] packed(byte[] content, Random random) throws IOException {
    if (packing == Packing.PLAIN) {
      return content;
    }
    int cut = packing == Packing.GZIP ? content.length : random.nextInt(content.length);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    gzip(Arrays.copyOf(content, cut), file);
    if (packing == Packing.MEMBERS) {
      gzip(Arrays.copyOfRange(content, cut, content.length), file);
      file.write(new byte[random.nextInt(600)]);
    }
    return file.toByteArray();
  }

  private static void gzip(byte[] content, OutputStream file) throws IOException {
    GZIPOutputStream member = new GZIPOutputStream(file);
    member.write(content);
    member.finish();
  }
}
