package dev.muster.export;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All that a list holds, a part at a time, however much it is: no connection is held while somebody
 * takes it slowly. What comes or goes meanwhile may be in it or not.
 *
 * @param <T> a row; its components are the columns, but for those that JSON leaves out
 * @param <P> a place in the list
 */
public final class Export<T extends Record, P> {

  private static final int AT_ONCE = 1000;

  /**
   * A part of a list.
   *
   * @param next behind which the next part begins; null: this was the last one
   */
  public record Part<T, P>(List<T> rows, @Nullable P next) {
    public Part {
      rows = List.copyOf(rows);
    }
  }

  /** A list that says itself where it goes on. */
  public interface Parts<T, P> {

    /** The part behind a place; null: the first one. */
    Part<T, P> after(@Nullable P place);
  }

  public interface Rows<T, P> {

    List<T> after(@Nullable P place, int limit);
  }

  private final Class<T> type;
  private final Parts<T, P> parts;
  private final Part<T, P> first;

  private Export(Class<T> type, Parts<T, P> parts) {
    this.type = type;
    this.parts = parts;
    this.first = parts.after(null);
  }

  /** Of a list's parts. What can't be looked for is said at once. */
  public static <T extends Record, P> Export<T, P> of(Class<T> type, Parts<T, P> parts) {
    return new Export<>(type, parts);
  }

  /** Of a list's rows, and where each stands. */
  public static <T extends Record, P> Export<T, P> of(
      Class<T> type, Rows<T, P> rows, Function<T, P> place) {
    return new Export<>(
        type,
        after -> {
          List<T> some = rows.after(after, AT_ONCE);
          return new Part<>(some, some.isEmpty() ? null : place.apply(some.get(some.size() - 1)));
        });
  }

  /** Writes all of it; the writer stays open. */
  public void write(ExportFormat format, Writer writer) throws IOException {
    switch (format) {
      case CSV -> writeCsv(writer);
      case JSONL ->
          each(
              row -> {
                writer.write(JsonLine.of(row));
                writer.write('\n');
              });
    }
    writer.flush();
  }

  private void writeCsv(Writer writer) throws IOException {
    List<RecordComponent> columns =
        Arrays.stream(type.getRecordComponents())
            .filter(one -> !one.getAccessor().isAnnotationPresent(JsonIgnore.class))
            .toList();
    columns.forEach(one -> one.getAccessor().setAccessible(true));
    SpreadsheetCsv csv = new SpreadsheetCsv(writer);
    csv.write(columns.stream().map(RecordComponent::getName).toArray(String[]::new));
    each(
        row ->
            csv.write(
                columns.stream().map(column -> cell(value(column, row))).toArray(String[]::new)));
  }

  private static @Nullable Object value(RecordComponent column, Record row) {
    try {
      return column.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("A row's " + column.getName() + " can't be read.", e);
    }
  }

  private static String cell(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    boolean many = value instanceof Record || value instanceof Collection || value instanceof Map;
    return many ? JsonLine.of(value) : value.toString();
  }

  private interface Row<T> {
    void write(T row) throws IOException;
  }

  private void each(Row<T> row) throws IOException {
    Part<T, P> part = first;
    while (true) {
      for (T one : part.rows()) {
        row.write(one);
      }
      P next = part.next();
      if (next == null) {
        return;
      }
      part = parts.after(next);
    }
  }
}
