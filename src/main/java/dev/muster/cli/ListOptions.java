package dev.muster.cli;

import dev.muster.export.Export;
import dev.muster.export.ExportFormat;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How much of a list is printed, and how: some lines for people, or all of it for a file. */
final class ListOptions {

  @Mixin private LastOption last = new LastOption();

  @Option(
      names = "--export",
      paramLabel = "FORMAT",
      converter = FormatConverter.class,
      description = "Print all of them, as csv or jsonl, however many there are.")
  private @Nullable ExportFormat export;

  static final class FormatConverter implements ITypeConverter<ExportFormat> {
    @Override
    public ExportFormat convert(String value) {
      try {
        return ExportFormat.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  boolean forPeople(Output output) {
    return export == null && !output.json();
  }

  boolean exports() {
    return export != null;
  }

  int number() {
    return last.number();
  }

  /**
   * Prints the list.
   *
   * @param none what is said when there is nothing in it
   */
  <T extends Record> int print(
      Output output,
      Supplier<? extends Export<T, ?>> all,
      IntFunction<List<T>> latest,
      String none,
      String head,
      Function<T, String> line)
      throws IOException {
    return print(output, all, latest, none, head, line, one -> null, "");
  }

  /** As above, and below a line what there is to say of that one, indented. */
  <T extends Record> int print(
      Output output,
      Supplier<? extends Export<T, ?>> all,
      IntFunction<List<T>> latest,
      String none,
      String head,
      Function<T, String> line,
      Function<T, @Nullable String> below,
      String indent)
      throws IOException {
    if (export != null) {
      all.get().write(export, output.commandLine().getOut());
      output.mustBeWritten();
      return ExitCodes.OK;
    }
    return output.list(latest.apply(number()), none, head, line, below, indent);
  }
}
