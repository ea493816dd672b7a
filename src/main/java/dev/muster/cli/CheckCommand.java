package dev.muster.cli;

import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestHeader;
import dev.muster.manifest.ManifestHeader.Understood;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.ManifestCheck;
import dev.muster.provisioning.ManifestCheck.CheckedManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "check",
    description =
        "A dry run: the verdict on every row, also against the registry. Changes nothing.",
    footer = {
      "",
      "Exit codes: 0 every row would be accepted; 3 some would be rejected; 1 the manifest would be"
          + " refused as a whole, or its run would fail because too many would be rejected; 2 wrong"
          + " usage."
    })
final class CheckCommand extends ApplicationCommand {

  @Mixin private ManifestFiles manifests = new ManifestFiles();

  @Option(
      names = "--factory",
      paramLabel = "ID",
      description =
          "Whose manifests they are. Known, rows that are in the registry already are unchanged,"
              + " its limit of rejected rows holds, and content that it sent before is told.")
  private @Nullable String factory;

  @Option(
      names = "--max-rejects",
      paramLabel = "N|N%",
      converter = RejectLimitConverter.class,
      description =
          "How many rows jobs/provision would be told that may be refused (default: the factory's"
              + " limit, or that of factories without one).")
  private @Nullable RejectLimit maxRejects;

  @Mixin private UpdateOptions updates = new UpdateOptions();

  CheckCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    List<Path> files = manifests.readable(output.commandLine());
    int exitCode = ExitCodes.OK;
    for (Path file : files) {
      exitCode =
          ProvisionCommand.worse(exitCode, check(file, factory, null, updates.given(), output));
    }
    return exitCode;
  }

  /**
   * Looks at a file and says what would become of it.
   *
   * @param format in which it is, tried on a sample, which is held against no limit; null: its
   *     sender's
   * @param may what it may change of devices that are there; null: as its sender's may
   * @return the exit code
   */
  int check(
      Path file,
      @Nullable String sender,
      @Nullable ManifestFormat format,
      @Nullable Updates may,
      Output output)
      throws IOException {
    Map<String, Long> byCode = new TreeMap<>();
    List<Rejected> rejects = new ArrayList<>();
    try {
      Consumer<Rejected> each =
          reject -> {
            byCode.merge(reject.code().name(), 1L, Long::sum);
            if (output.json()) {
              rejects.add(reject);
            } else {
              print(file, reject, output);
            }
          };
      ManifestCheck check = beans.get(ManifestCheck.class);
      CheckedManifest checked =
          sender != null && format != null
              ? check.tried(file, sender, format, each)
              : check.check(file, sender, may, each);
      ReceivedManifest received = checked.received();
      RejectLimit limit =
          format != null ? null : maxRejects != null ? maxRejects : checked.rejectLimit();
      boolean tooMany =
          limit != null
              && checked.provisionedAs() == null
              && limit.exceededBy(checked.rejected(), received.rows());
      if (output.json()) {
        output.json(
            new Checked(
                file.toString(),
                received.sha256(),
                received.rows(),
                received.blankRows(),
                received.header().understood(),
                received.header().attributes(),
                received.warnings(),
                checked.accepted(),
                checked.unchanged(),
                checked.updated(),
                checked.rejected(),
                byCode,
                rejects,
                limit == null ? null : limit.toString(),
                tooMany,
                checked.provisionedAs(),
                null));
      } else {
        output.line("%s: %s".formatted(file, columns(received.header())));
        received
            .warnings()
            .forEach(warning -> output.line("%s: warning: %s".formatted(file, warning)));
        output.line(
            "%s: %,d rows, %,d would be accepted, %s%s%,d rejected. Nothing was changed."
                .formatted(
                    file,
                    received.rows(),
                    checked.accepted(),
                    counted(checked.updated(), "updated"),
                    counted(checked.unchanged(), "unchanged"),
                    checked.rejected()));
        if (checked.provisionedAs() != null) {
          output.line(
              "%s: the same content was provisioned before, as manifest %d. Sent again, it loads nothing, and its sender gets the first receipt again."
                  .formatted(file, checked.provisionedAs()));
        }
        if (tooMany) {
          output.line(
              "%s: the limit of rejected rows is %s: provisioned as it is, it fails."
                  .formatted(file, limit));
        }
      }
      return tooMany
          ? ExitCodes.FAILED
          : checked.rejected() == 0 ? ExitCodes.OK : ExitCodes.DONE_WITH_REJECTS;
    } catch (ManifestRefusedException e) {
      Refusal refusal = new Refusal(e.code().name(), String.valueOf(e.getMessage()));
      if (output.json()) {
        output.json(
            new Checked(
                file.toString(),
                null,
                null,
                0L,
                List.of(),
                List.of(),
                List.of(),
                0L,
                0L,
                0L,
                0L,
                Map.of(),
                List.of(),
                null,
                false,
                null,
                refusal));
      } else {
        output.line("%s would be refused as a whole: %s".formatted(file, refusal.message()));
      }
      return ExitCodes.FAILED;
    }
  }

  private static String counted(long rows, String what) {
    return rows == 0 ? "" : "%,d %s, ".formatted(rows, what);
  }

  private static String columns(ManifestHeader header) {
    List<String> known = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    List<String> passedOver = new ArrayList<>();
    for (Understood column : header.understood()) {
      String name =
          column.asSent().equals(column.column())
              ? column.column()
              : "%s (%s)".formatted(column.column(), column.asSent());
      switch (column.use()) {
        case KNOWN -> known.add(name);
        case ATTRIBUTE -> kept.add(name);
        case PASSED_OVER -> passedOver.add(name);
      }
    }
    return "columns: %s%s%s."
        .formatted(
            String.join(", ", known),
            kept.isEmpty() ? "" : "; kept as attributes: " + String.join(", ", kept),
            passedOver.isEmpty() ? "" : "; passed over: " + String.join(", ", passedOver));
  }

  private static void print(Path file, Rejected reject, Output output) {
    output.line(
        "%s:%d: %s%s %s"
            .formatted(
                file,
                reject.line(),
                reject.code(),
                reject.value().isEmpty() ? "" : " '" + reject.value() + "'",
                reject.message()));
  }

  private record Checked(
      String file,
      @Nullable String sha256,
      @Nullable Long rows,
      long blankRows,
      List<Understood> columns,
      List<String> attributes,
      List<String> warnings,
      long accepted,
      long unchanged,
      long updated,
      long rejected,
      Map<String, Long> rejectedByCode,
      List<Rejected> rejects,
      @Nullable String rejectLimit,
      boolean tooManyRejects,
      @Nullable Integer provisionedAs,
      @Nullable Refusal refused) {}

  private record Refusal(String code, String message) {}
}
