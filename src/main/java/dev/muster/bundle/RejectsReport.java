package dev.muster.bundle;

import dev.muster.export.SpreadsheetCsv;
import dev.muster.home.SecretFile;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RejectedRows;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The report of the rows that were refused: CSV (RFC 4180) that is safe to open in a spreadsheet,
 * with all its letters.
 */
public final class RejectsReport implements AutoCloseable {

  public static final String REPORT = "rejects.csv";

  public static final String ROWS = "rejected-rows.csv";

  private static final List<String> HEADER =
      List.of("line", "device_id", "code", "column", "message");

  private final @Nullable FileChannel channel;
  private final Writer writer;
  private final SpreadsheetCsv csv;

  /**
   * @param file replaced when it is there
   */
  public RejectsReport(Path file) throws IOException {
    this(anew(file));
  }

  private static FileChannel anew(Path file) throws IOException {
    Files.deleteIfExists(file);
    return SecretFile.open(file);
  }

  private RejectsReport(FileChannel channel) throws IOException {
    this(channel, new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8)));
  }

  private RejectsReport(@Nullable FileChannel channel, Writer writer) throws IOException {
    this.channel = channel;
    this.writer = writer;
    csv = new SpreadsheetCsv(writer);
    write(HEADER.toArray(String[]::new));
  }

  /**
   * Begins a report that is no file.
   *
   * @param to which stays the caller's, to close
   */
  public static RejectsReport to(Writer to) throws IOException {
    return new RejectsReport(null, to);
  }

  /**
   * Writes a whole report, and beside it the rows as they were sent, unless there are none.
   *
   * @param folder in which both are replaced when they are there
   * @param content the unpacked file that the rows are of
   * @param rows hands the rows over, in the order in which they are to stand
   */
  public static void write(
      Path folder, Path content, ManifestFormat format, Consumer<Consumer<Rejected>> rows)
      throws IOException {
    try (RejectsReport report = new RejectsReport(folder.resolve(REPORT));
        RejectedRows asSent = new RejectedRows(content, format, folder.resolve(ROWS))) {
      rows.accept(
          reject -> {
            try {
              report.add(reject);
              asSent.add(
                  reject.line(), reject.code().name(), SpreadsheetCsv.safe(reject.message()));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Adds a refused row. */
  public void add(Rejected reject) throws IOException {
    add(reject.line(), reject.deviceId(), reject.code().name(), reject.column(), reject.message());
  }

  /**
   * Adds a refused row.
   *
   * @param line where it stands in the manifest, counted from 1
   */
  public void add(long line, String deviceId, String code, String column, String message)
      throws IOException {
    write(Long.toString(line), deviceId, code, column, message);
  }

  private void write(String... cells) throws IOException {
    try {
      csv.write(cells);
    } catch (IOException e) {
      throw new IOException("The report of rejected rows can't be written.", e);
    }
  }

  /** When this returns, the report is on disk, or where it is to be. */
  @Override
  public void close() throws IOException {
    if (channel == null) {
      writer.flush();
      return;
    }
    try (channel) {
      if (channel.isOpen()) {
        writer.flush();
        channel.force(true);
      }
    }
  }
}
