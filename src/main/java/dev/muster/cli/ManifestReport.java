package dev.muster.cli;

import dev.muster.access.NotThereException;
import dev.muster.bundle.BundleFile;
import dev.muster.language.RelativeTime;
import dev.muster.language.Words;
import dev.muster.provisioning.SentManifest;
import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.Origin;
import dev.muster.provisioning.SentManifests;
import dev.muster.run.ExecutionDetail.Decision;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.RunNames;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What came of a manifest, in the words of its page. */
final class ManifestReport {

  private final Output output;
  private final Words words;
  private final RunNames names;
  private final RelativeTime relativeTime;

  private ManifestReport(Beans beans, Output output) {
    this.output = output;
    words = beans.get(Words.class);
    names = new RunNames(words);
    relativeTime = beans.get(RelativeTime.class);
  }

  static int print(int id, Beans beans, Output output) {
    SentManifest manifest =
        beans
            .get(SentManifests.class)
            .find(id)
            .orElseThrow(() -> new NotThereException("manifest", id));
    if (output.json()) {
      output.json(manifest);
    } else {
      new ManifestReport(beans, output).print(manifest);
    }
    return ExitCodes.OK;
  }

  private void print(SentManifest manifest) {
    Line line = manifest.line();
    output.line(
        "%s: %s"
            .formatted(
                words.of("manifests.manifest.title", line.name()), names.state(line.state())));
    if (line.cause() != null) {
      output.lines("  ", line.cause());
    }
    counts(manifest).print(output);
    section("manifests.manifest.steps");
    if (manifest.progress().isEmpty()) {
      output.line("  " + words.of("manifests.manifest.history-gone"));
    }
    manifest.progress().forEach(this::print);
    section("manifests.manifest.bundle");
    files(manifest);
    section("manifests.manifest.where-from");
    origin(manifest).print(output);
    section("manifests.manifest.executions");
    manifest.executions().forEach(this::print);
    if (manifest.decisions().isEmpty()) {
      output.line("  " + words.of("manifests.manifest.nobody"));
    }
    manifest.decisions().forEach(this::print);
    if (line.rejected() > 0) {
      section("manifests.manifest.rejects");
      manifest
          .rejectedByCode()
          .forEach(
              (code, count) ->
                  output.line("  %-36s %-23s %,12d".formatted(names.reject(code), code, count)));
      output.line(
          "  %s: jobs/manifests %d --rejects"
              .formatted(words.of("manifests.manifest.all"), line.id()));
    }
  }

  private Facts counts(SentManifest manifest) {
    Line line = manifest.line();
    Facts counts =
        new Facts()
            .add(words.of("manifests.manifest.rows"), number(line.rows()))
            .add(
                words.of("manifests.manifest.accepted"),
                number(line.accepted())
                    + (manifest.devicesByHub().isEmpty()
                        ? ""
                        : "  (%s)".formatted(byHub(manifest.devicesByHub()))));
    Long seen = line.seen();
    if (seen != null) {
      long never = Objects.requireNonNullElse(line.neverSeen(), 0L);
      counts.add(
          words.of("manifests.manifest.seen"),
          "%s %s%s"
              .formatted(
                  number(seen),
                  words.of("manifests.manifest.seen-of", line.accepted()),
                  never == 0 ? "" : ", " + words.of("manifests.manifest.never-seen", never)));
    }
    if (manifest.receipt() != null && manifest.receipt().updated() > 0) {
      counts.add(words.of("manifests.manifest.updated"), number(manifest.receipt().updated()));
    }
    if (manifest.receipt() != null && manifest.receipt().unchanged() > 0) {
      counts.add(words.of("manifests.manifest.unchanged"), number(manifest.receipt().unchanged()));
    }
    return counts.add(words.of("manifests.manifest.refused"), number(line.rejected()));
  }

  private static String byHub(Map<String, Long> devices) {
    return devices.entrySet().stream()
        .map(hub -> "%s %,d".formatted(hub.getKey(), hub.getValue()))
        .collect(Collectors.joining(", "));
  }

  private void print(StepProgress step) {
    Long total = step.total();
    Double perSecond = step.perSecond();
    Long left = step.secondsLeft();
    output.line(
        "  %-20s %-11s %s%s%s"
            .formatted(
                names.step(step),
                names.state(step.status()),
                total == null || total == 0
                    ? ""
                    : words.of("layout.progress." + step.unit(), step.done(), total),
                perSecond == null
                    ? ""
                    : ", " + words.of("layout.progress.per-second", number(perSecond.longValue())),
                left == null || left == 0 ? "" : ", " + relativeTime.left(left))
            .stripTrailing());
  }

  private void files(SentManifest manifest) {
    if (manifest.files().isEmpty()) {
      output.line(
          "  "
              + words.of(
                  manifest.line().deliveredAt() == null
                      ? "manifests.manifest.not-delivered"
                      : "manifests.manifest.files-gone"));
    }
    for (BundleFile file : manifest.files()) {
      output.line(
          "  %-32s %,14d bytes%s"
              .formatted(
                  file.name(),
                  file.bytes(),
                  file.devices() == null ? "" : "  %,d devices".formatted(file.devices())));
    }
    if (manifest.laterBundles() > 0) {
      output.line(
          "  "
              + (manifest.laterBundles() == 1
                  ? words.of("manifests.manifest.later-one")
                  : words.of("manifests.manifest.later-many", manifest.laterBundles())));
    }
  }

  private Facts origin(SentManifest manifest) {
    Line line = manifest.line();
    Origin origin = manifest.origin();
    Long arrival = origin.arrival();
    return new Facts()
        .add(words.of("manifests.manifest.source"), names.source(origin.source()))
        .add(words.of("manifests.manifest.file"), origin.fileName())
        .add(words.of("manifests.manifest.sent-by"), origin.sender())
        .add(
            words.of("manifests.manifest.arrival"),
            arrival == null ? null : "%d, %s".formatted(arrival, Output.time(origin.arrivedAt())))
        .add(words.of("manifests.manifest.factory"), line.factory())
        .add(words.of("manifests.manifest.received"), Output.time(line.receivedAt()))
        .add(
            words.of("manifests.manifest.delivered"),
            line.deliveredAt() == null ? null : Output.time(line.deliveredAt()))
        .add(
            words.of("manifests.manifest.is-withdrawn"),
            line.withdrawnAt() == null ? null : Output.time(line.withdrawnAt()))
        .add(words.of("manifests.manifest.tokens-end"), Output.time(manifest.tokensExpireAt()))
        .add(words.of("manifests.manifest.sha256"), line.sha256())
        .add(words.of("manifests.manifest.columns"), String.join(", ", manifest.columns()));
  }

  private void print(ExecutionSummary execution) {
    output.line(
        "  %9d  %-16s  %-20s  %s"
            .formatted(
                execution.execution(),
                names.status(execution),
                Output.time(execution.startedAt()),
                Output.time(execution.endedAt()))
            .stripTrailing());
  }

  private void print(Decision decision) {
    output.line(
        "  %s  %s %s (%s)%s%s%s"
            .formatted(
                Output.time(decision.at()),
                decision.who(),
                names.action(decision.what()),
                decision.with(),
                decision.origin() == null
                    ? ""
                    : " " + words.of("runs.parts.from", decision.origin()),
                switch (decision.outcome()) {
                  case "DONE" -> "";
                  case "STARTED" -> ", " + words.of("layout.state.begun");
                  default -> ", " + names.state(decision.outcome());
                },
                decision.problem() == null ? "" : ": " + decision.problem()));
  }

  private void section(String title) {
    output.line("");
    output.line(words.of(title));
  }

  private static String number(long value) {
    return "%,d".formatted(value);
  }
}
