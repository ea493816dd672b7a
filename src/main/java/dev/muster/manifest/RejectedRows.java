package dev.muster.manifest;

import dev.muster.home.SecretFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rejected rows as they were sent, byte for byte in UTF-8, under their header, each with two
 * columns more that say why. Mended, the file can be sent as it is: those columns are passed over.
 */
public final class RejectedRows implements AutoCloseable {

  private static final byte[] BYTE_ORDER_MARK = "\uFEFF".getBytes(StandardCharsets.UTF_8);

  private final Path content;
  private final ManifestFormat format;
  private final Path file;
  private @Nullable Copy copy;

  /**
   * @param content the unpacked manifest or list
   * @param file replaced when it is there; none is there when no row is added
   */
  public RejectedRows(Path content, ManifestFormat format, Path file) throws IOException {
    this.content = content;
    this.format = format;
    this.file = file;
    Files.deleteIfExists(file);
  }

  /**
   * Adds the row of a line.
   *
   * @param line behind that of the row that was added last
   */
  public void add(long line, String code, String message) throws IOException {
    if (copy == null) {
      copy = new Copy(content, format, file);
    }
    copy.add(line, code, message);
  }

  /** When this returns, the file is on disk. */
  @Override
  public void close() throws IOException {
    if (copy != null) {
      copy.close();
    }
  }

  private static final class Copy implements AutoCloseable {

    private final FileChannel in;
    private final FileChannel out;
    private final OutputStream buffered;
    private final RecordCursor cursor;
    private final String separator;
    private final Set<Integer> reasons;
    private final boolean trailer;
    private long rows;

    Copy(Path content, ManifestFormat format, Path file) throws IOException {
      in = FileChannel.open(content, StandardOpenOption.READ);
      out = SecretFile.open(file);
      buffered = new BufferedOutputStream(Channels.newOutputStream(out));
      trailer = format.trailer();
      cursor =
          new RecordCursor(Channels.newInputStream(in)::read, 0, 1, ReceiveLimits.MAX_LINE_BYTES);
      try {
        ManifestHeader header = new HeaderReader(cursor, format).read();
        separator = String.valueOf((char) header.separator().character());
        reasons =
            IntStream.range(0, header.columns().size())
                .filter(i -> ColumnNames.REASONS.contains(header.columns().get(i)))
                .boxed()
                .collect(Collectors.toSet());
      } catch (ManifestRefusedException e) {
        throw changed(e);
      }
      buffered.write(BYTE_ORDER_MARK);
      write(ColumnNames.REASONS);
    }

    void add(long line, String code, String message) throws IOException {
      try {
        while (cursor.line() != line) {
          if (!cursor.next()) {
            throw new IOException("The spooled file has no line %d any more.".formatted(line));
          }
        }
      } catch (ManifestRefusedException e) {
        throw changed(e);
      }
      rows++;
      write(List.of(code, '"' + message.replace("\"", "\"\"") + '"'));
    }

    /** Writes the record without the reasons of an earlier time, and behind it those of now. */
    private void write(List<String> why) throws IOException {
      byte[] text = cursor.buffer();
      int from = cursor.start();
      int end = cursor.end();
      while (end - from >= 3 && Arrays.equals(text, from, from + 3, BYTE_ORDER_MARK, 0, 3)) {
        from += 3;
      }
      while (end > from && text[end - 1] == RowKind.CTRL_Z) {
        end--;
      }
      for (int field = 0; from <= end; field++) {
        int to = reasons.isEmpty() ? end : endOfField(text, from, end);
        if (!reasons.contains(field)) {
          buffered.write(text, from, to - from);
          write(separator);
        }
        from = to + 1;
      }
      write(String.join(separator, why));
      write("\r\n");
    }

    private int endOfField(byte[] text, int from, int end) {
      int at = from;
      if (!cursor.malformed()) {
        while (at < end && text[at] != cursor.separator() && Edges.edge(text, at, end) > 0) {
          at += Edges.edge(text, at, end);
        }
        if (at < end && text[at] == '"') {
          at++;
          while (at < end && (text[at] != '"' || (at + 1 < end && text[at + 1] == '"'))) {
            at += text[at] == '"' ? 2 : 1;
          }
        }
      }
      while (at < end && text[at] != cursor.separator()) {
        at++;
      }
      return at;
    }

    private void write(String text) throws IOException {
      buffered.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static IOException changed(ManifestRefusedException how) {
      return new IOException("The spooled file was changed after it was received.", how);
    }

    @Override
    public void close() throws IOException {
      try (in;
          out) {
        if (trailer) {
          write("# rows=%d\r\n".formatted(rows));
        }
        buffered.flush();
        out.force(true);
      }
    }
  }
}
