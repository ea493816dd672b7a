package dev.muster.cli;

import dev.muster.benchmark.Benchmark;
import dev.muster.benchmark.BenchmarkResult;
import dev.muster.benchmark.BenchmarkResult.Way;
import dev.muster.benchmark.ExchangeBenchmark;
import dev.muster.benchmark.PageBenchmark;
import dev.muster.benchmark.RevocationBenchmark;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "benchmark",
    description = {
      "Compares, in one run against one PostgreSQL and one table: a plain COPY of the file, Muster"
          + " from the file to the encrypted bundle, and the stock Spring Batch recipe. With"
          + " --revocations: a plain UPDATE … FROM of a revocation list, and Muster's applying of"
          + " it. With --again: the same rows sent once more, all unchanged, beside their first"
          + " run. With --beside: loading into an empty registry, and into a large one. With"
          + " --pages: how fast the console's pages and the API answer. With --exchange: how fast"
          + " devices exchange their tokens, one by one and in groups.",
      "",
      "Works in a home of its own below MUSTER_HOME and removes it at the end."
    })
final class BenchmarkCommand extends ApplicationCommand {

  private static final int FEWEST_MANIFESTS = 200;
  private static final int MOST_MANIFESTS = 10_000;
  private static final int DEVICES_A_MANIFEST = 100;
  private static final int HTTP_OK = 200;

  @Parameters(
      arity = "0..1",
      paramLabel = "ROWS",
      defaultValue = "1000000",
      description = "How many devices (default ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often; medians count (default ${DEFAULT-VALUE}).")
  private int runs;

  @Option(names = "--no-stock", description = "Leave the stock recipe out.")
  private boolean noStock;

  @Option(
      names = "--revocations",
      description = "Revoke all devices by one list, instead of provisioning them.")
  private boolean revocations;

  @Option(
      names = "--again",
      description = "Provision all devices, and then send the same rows again, all unchanged.")
  private boolean again;

  @Option(
      names = "--beside",
      paramLabel = "DEVICES",
      description =
          "Provision into an empty registry, and into one that has so many devices already.")
  private long beside;

  @Option(
      names = "--pages",
      description = "Fill the registry as years of work would, and ask the service for each page.")
  private boolean pages;

  @Option(
      names = "--exchange",
      description =
          "Exchange tokens over 64 connections, quietly, while a manifest is loaded, while they are"
              + " renewed and while a list is applied.")
  private boolean exchange;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "200",
      description = "With --pages, how often each is asked for (default ${DEFAULT-VALUE}).")
  private int requests;

  @Option(
      names = "--keep",
      description = "Leave the home and what it was filled with, for the next time.")
  private boolean keep;

  @Option(
      names = "--append",
      paramLabel = "FILE",
      description = "Append the table to a file, such as docs/benchmarks.md.")
  private @Nullable Path append;

  BenchmarkCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException, ExecutionException {
    Output output = options.output();
    Path home = MusterHome.ofProcess().root().resolve("benchmark");
    System.setProperty("muster.home", home.toString());
    System.setProperty("muster.revocations.ceiling", "100%");
    try {
      String table =
          pages
              ? pages(output)
              : exchange
                  ? exchange(output)
                  : revocations
                      ? revocations(output)
                      : again
                          ? again(output)
                          : beside > 0 ? beside(output, home) : provisioning(output);
      output.lines("", table);
      if (append != null) {
        Files.writeString(
            append,
            "\n## %s, %,d %s, median of %d%n%n%s, Java %s, %d processors%n%n%s%n"
                .formatted(
                    LocalDate.now(ZoneOffset.UTC),
                    rows,
                    pages || exchange ? "devices" : revocations ? "entries" : "rows",
                    pages ? requests : runs,
                    System.getProperty("os.name"),
                    Runtime.version().feature(),
                    Runtime.getRuntime().availableProcessors(),
                    table),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      }
      return ExitCodes.OK;
    } finally {
      beans.close();
      if (!keep) {
        FileSystemUtils.deleteRecursively(home);
      }
    }
  }

  private String provisioning(Output output) throws IOException, SQLException {
    BenchmarkResult result = beans.get(Benchmark.class).run(rows, runs, !noStock, output::error);
    if (output.json()) {
      output.json(result);
    }
    return table(result);
  }

  private String again(Output output) throws IOException, SQLException {
    Benchmark.Again result = beans.get(Benchmark.class).again(rows, runs, output::error);
    if (output.json()) {
      output.json(result);
    }
    StringBuilder table = new StringBuilder();
    table.append("| way | seconds | rows/s | | all runs |\n");
    table.append("| --- | ---: | ---: | ---: | --- |\n");
    row(table, "Muster, all of it", result.first(), null);
    row(table, "the same without its tokens (step issue)", result.withoutTokens(), null);
    row(table, "the same rows again, all unchanged", result.again(), null);
    return table.toString().stripTrailing();
  }

  private String beside(Output output, Path home) throws IOException, SQLException {
    Path empty = home.resolveSibling(home.getFileName() + "-empty");
    System.setProperty("muster.home", empty.toString());
    Benchmark.Loading first;
    try {
      first = beans.get(Benchmark.class).loading(rows, 0, 0, runs, output::error);
    } finally {
      beans.close();
      FileSystemUtils.deleteRecursively(empty);
    }
    System.setProperty("muster.home", home.toString());
    Benchmark.Loading later =
        beans.get(Benchmark.class).loading(rows, beside, manifests(beside), runs, output::error);
    if (output.json()) {
      output.json(List.of(first, later));
    }
    StringBuilder table = new StringBuilder();
    table.append("| way | seconds | rows/s | | all runs |\n");
    table.append("| --- | ---: | ---: | ---: | --- |\n");
    for (Benchmark.Loading one : List.of(first, later)) {
      String where = one.beside() == 0 ? ", the first" : ", beside %,d".formatted(one.beside());
      row(table, "plain COPY of the CSV" + where, one.copy(), null);
      row(table, "Muster, all of it" + where, one.muster(), null);
      row(table, "its step load" + where, one.load(), null);
    }
    table.append(
        "\nBeside them Muster takes %.2f times as long, and the plain COPY %.2f times."
            .formatted(
                later.muster().seconds() / first.muster().seconds(),
                later.copy().seconds() / first.copy().seconds()));
    return table.toString();
  }

  private static int manifests(long devices) {
    return (int) Math.min(MOST_MANIFESTS, Math.max(FEWEST_MANIFESTS, devices / DEVICES_A_MANIFEST));
  }

  private String revocations(Output output) throws IOException, SQLException {
    RevocationBenchmark.Result result =
        beans.get(RevocationBenchmark.class).run(Math.toIntExact(rows), runs, output::error);
    if (output.json()) {
      output.json(result);
    }
    StringBuilder table = new StringBuilder();
    table.append("| way | seconds | entries/s | | all runs |\n");
    table.append("| --- | ---: | ---: | ---: | --- |\n");
    row(table, "plain UPDATE … FROM of the list", result.plain(), null);
    row(table, "Muster, the registry's part", result.registryPart(), null);
    row(table, "Muster, from the file to the report", result.muster(), null);
    return table.toString().stripTrailing();
  }

  private String exchange(Output output)
      throws IOException, InterruptedException, ExecutionException {
    List<ExchangeBenchmark.Result> results =
        beans.get(ExchangeBenchmark.class).run(Math.toIntExact(rows), runs, output::error);
    if (output.json()) {
      output.json(results);
    }
    StringBuilder table = new StringBuilder();
    table.append(
        "| exchanges | a second | p50 ms | p99 ms | max ms | without a token | all runs |\n");
    table.append("| --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
    results.forEach(
        result ->
            table.append(
                "| %s%s | %,.0f | %.0f | %.0f | %.0f | %d | %s |%n"
                    .formatted(
                        switch (result.manner()) {
                          case ONE_BY_ONE -> "one by one";
                          case IN_GROUPS -> "in groups";
                        },
                        switch (result.beside()) {
                          case NOTHING -> "";
                          case A_LOAD -> ", while %,d rows are loaded".formatted(rows);
                          case A_RENEWAL -> ", while they are renewed";
                          case A_LIST -> ", while a list of %,d entries is applied".formatted(rows);
                        },
                        result.aSecond(),
                        result.p50(),
                        result.p99(),
                        result.most(),
                        result.without(),
                        result.rates())));
    return table.toString().stripTrailing();
  }

  private String pages(Output output) throws IOException, InterruptedException {
    // The service, with an account to sign in with.
    System.setProperty("muster.serve", "true");
    System.setProperty("spring.main.web-application-type", "servlet");
    System.setProperty("spring.profiles.active", "dev");
    System.setProperty("server.port", "0");
    List<PageBenchmark.Timed> timed =
        beans.get(PageBenchmark.class).run(rows, manifests(rows), requests, output::error);
    if (output.json()) {
      output.json(timed);
    }
    StringBuilder table = new StringBuilder();
    table.append("| page | p50 ms | p95 ms | max ms | kB |\n");
    table.append("| --- | ---: | ---: | ---: | ---: |\n");
    timed.forEach(
        page ->
            table.append(
                "| `%s`%s | %.0f | %.0f | %.0f | %,d |%n"
                    .formatted(
                        page.page(),
                        page.status() == HTTP_OK ? "" : " (answered %d)".formatted(page.status()),
                        page.median(),
                        page.p95(),
                        page.most(),
                        page.kilobytes())));
    return table.toString().stripTrailing();
  }

  private static String table(BenchmarkResult result) {
    StringBuilder table = new StringBuilder();
    table.append("| way | seconds | rows/s | Muster is | all runs |\n");
    table.append("| --- | ---: | ---: | ---: | --- |\n");
    row(table, "plain COPY of the CSV", result.copy(), result.ratioToCopy());
    if (result.stock() != null) {
      row(table, "stock Spring Batch recipe", result.stock(), result.ratioToStock());
    }
    row(table, "Muster, all of it", result.muster(), null);
    table.append(
        "\nMuster's process took %,d MB at the most.".formatted(result.muster().peakRssMb()));
    return table.toString();
  }

  private static void row(StringBuilder table, String name, Way way, @Nullable Double ratio) {
    table.append(
        "| %s | %.2f | %,d | %s | %s |%n"
            .formatted(
                name,
                way.seconds(),
                way.rowsPerSecond(),
                ratio == null ? "" : "%.2f × as fast".formatted(ratio),
                way.all()));
  }
}
