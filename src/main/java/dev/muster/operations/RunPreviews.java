package dev.muster.operations;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.operations.ExecutionDetail.StepProgress;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.provisioning.ProvisioningProperties;
import dev.muster.provisioning.RejectLimit;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.renewal.RenewTokensJob;
import dev.muster.revocation.ApplyRevocationsJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What will happen to a run, before one asks for it: sentences with the numbers as they are now.
 */
@Guarded
@Component
public class RunPreviews {

  private final Executions executions;
  private final Manifests manifests;
  private final ProvisioningProperties properties;
  private final JdbcClient jdbc;

  RunPreviews(
      Executions executions,
      Manifests manifests,
      ProvisioningProperties properties,
      JdbcClient jdbc) {
    this.executions = executions;
    this.manifests = manifests;
    this.properties = properties;
    this.jdbc = jdbc;
  }

  /**
   * What will happen.
   *
   * @param possible whether it can be done as things stand; if not, the sentences say why
   * @param rejectLimit the limit of refused rows that holds so far; null when there is none
   */
  public record Preview(
      ExecutionSummary execution,
      boolean possible,
      List<String> sentences,
      @Nullable String rejectLimit) {}

  /** What a restart does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview restart(long execution) {
    ExecutionDetail detail = detail(execution);
    ExecutionSummary summary = detail.summary();
    String limit = limit(detail);
    String problem = notRestartable(detail);
    if (problem != null) {
      return new Preview(summary, false, List.of(problem), limit);
    }
    return new Preview(
        summary,
        true,
        switch (summary.job()) {
          case ProvisionManifestJob.JOB -> restartOfManifest(detail, limit);
          case ApplyRevocationsJob.JOB -> restartOfList(detail);
          default -> restartOfRenewal(detail);
        },
        limit);
  }

  private @Nullable String notRestartable(ExecutionDetail detail) {
    ExecutionSummary summary = detail.summary();
    long execution = summary.execution();
    if (!detail.last()) {
      return "Execution %d was continued already: execution %d is the last one of this run."
          .formatted(
              execution, detail.executions().get(detail.executions().size() - 1).execution());
    }
    if (summary.running()) {
      return "Execution %d is running.".formatted(execution);
    }
    if (!summary.restartable()) {
      return "Execution %d is %s; there is nothing to restart."
          .formatted(execution, summary.status().toLowerCase(Locale.ROOT));
    }
    return switch (summary.exitCode()) {
      case ProvisionManifestJob.REFUSED ->
          "It was refused as a whole, and its content can't change: %s Send it again when it is corrected."
              .formatted(cause(summary));
      case ProvisionManifestJob.WITHDRAWN ->
          "What it loaded was taken back. Send the manifest again.";
      default -> null;
    };
  }

  private List<String> restartOfManifest(ExecutionDetail detail, @Nullable String limit) {
    List<String> sentences = new ArrayList<>();
    Integer id = detail.manifest();
    if (id == null) {
      sentences.add("It begins from the start: nothing of it was loaded.");
      return sentences;
    }
    Manifest manifest = manifests.get(id);
    if (manifest.delivered()) {
      sentences.add(
          "Its bundle is delivered already; the run only comes to its end. Nothing is loaded, and"
              + " no token is issued again.");
      return sentences;
    }
    Counts counts = counts(manifest);
    StepProgress load = step(detail, ProvisionManifestJob.LOAD);
    StepProgress issue = step(detail, ProvisionManifestJob.ISSUE);
    if (!load.status().equals("COMPLETED")) {
      sentences.add(
          "It continues at row %,d of %,d; %s already in the registry and %s."
              .formatted(
                  Math.min(load.done() + 1, manifest.rows()),
                  manifest.rows(),
                  are(counts.devices(), "device"),
                  counts.devices() == 1 ? "stays" : "stay"));
    } else if (issue.status().equals("WAITING")) {
      sentences.add(
          "All %,d rows were read: %s in the registry and %s. It continues with the decision whether too many were refused."
              .formatted(
                  manifest.rows(),
                  are(counts.devices(), "device"),
                  counts.devices() == 1 ? "stays" : "stay"));
    } else {
      sentences.add(
          "All rows are loaded. It continues with the tokens: %,d of %,d are in finished parts of the bundle and stay."
              .formatted(issue.done(), counts.devices()));
    }
    sentences.add(
        "%s so far, and the limit is %s."
            .formatted(wereRefused(counts.rejects()), limit == null ? "as configured" : limit));
    if (limit != null && RejectLimit.valueOf(limit).exceededBy(counts.rejects(), manifest.rows())) {
      sentences.add(
          "Those are too many: with this limit it will fail again before any token is issued. Give"
              + " a higher one below, or withdraw the run.");
    }
    return sentences;
  }

  private List<String> restartOfList(ExecutionDetail detail) {
    StepProgress apply = step(detail, ApplyRevocationsJob.APPLY);
    return List.of(
        apply.total() == null
            ? "It begins from the start: nothing of the list was applied."
            : "It continues at entry %,d of %,d; what was applied before stays applied."
                .formatted(Math.min(apply.done() + 1, apply.total()), apply.total()));
  }

  private static List<String> restartOfRenewal(ExecutionDetail detail) {
    StepProgress issue = step(detail, RenewTokensJob.ISSUE);
    return List.of(
        issue.total() == null
            ? "It begins with the selection of devices: no token was issued."
            : "It continues with the tokens: %,d of %,d are in finished parts of the bundle and stay."
                .formatted(issue.done(), issue.total()));
  }

  /** What a stop does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview stop(long execution) {
    ExecutionDetail detail = detail(execution);
    ExecutionSummary summary = detail.summary();
    if (summary.status().equals(ExecutionSummary.INTERRUPTED)) {
      return preview(
          summary,
          true,
          "Its process is gone, so nothing runs that could be stopped. The execution is marked as"
              + " failed, and can be restarted.");
    }
    if (!summary.running()) {
      return preview(
          summary,
          false,
          "Execution %d is not running: it is %s."
              .formatted(execution, summary.status().toLowerCase(Locale.ROOT)));
    }
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "It stops behind the chunk that it is at, of at most %,d rows; that may take some seconds."
            .formatted(properties.chunkRows()));
    Integer id = detail.manifest();
    if (id != null) {
      Counts counts = counts(manifests.get(id));
      sentences.add(
          "%s in the registry now and %s; a restart continues behind them."
              .formatted(
                  capital(are(counts.devices(), "device")),
                  counts.devices() == 1 ? "stays" : "stay"));
      sentences.add("Until then nothing is delivered, and the devices get no tokens.");
    } else {
      sentences.add("What it has done stays; a restart continues behind it.");
    }
    return new Preview(summary, true, sentences, null);
  }

  /** What abandoning does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview abandon(long execution) {
    ExecutionDetail detail = detail(execution);
    ExecutionSummary summary = detail.summary();
    if (summary.running()) {
      return preview(
          summary, false, "Execution %d is running. Stop it first.".formatted(execution));
    }
    if (!summary.restartable() || !detail.last()) {
      return preview(
          summary,
          false,
          "Execution %d is %s; there is nothing to give up."
              .formatted(
                  execution,
                  detail.last()
                      ? summary.status().toLowerCase(Locale.ROOT)
                      : "not the last one of its run"));
    }
    List<String> sentences = new ArrayList<>();
    sentences.add("The run is given up for good: it can't be restarted any more.");
    Integer id = detail.manifest();
    if (summary.job().equals(ProvisionManifestJob.JOB)) {
      long devices = id == null ? 0 : counts(manifests.get(id)).devices();
      sentences.add(
          devices == 0
              ? "None of its devices is in the registry."
              : "%s in the registry and %s there, registered but without a token, until the run is withdrawn. The same manifest can't be sent again before."
                  .formatted(capital(are(devices, "device")), devices == 1 ? "stays" : "stay"));
    } else if (summary.job().equals(RenewTokensJob.JOB)) {
      sentences.add(
          "Its devices keep the tokens they have, and can be selected for another renewal.");
    } else {
      sentences.add("What it applied stands; for the rest, send its entries in another list.");
    }
    return new Preview(summary, true, sentences, null);
  }

  /** What a withdrawal does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview withdraw(long execution) {
    ExecutionDetail detail = detail(execution);
    ExecutionSummary summary = detail.summary();
    if (!summary.job().equals(ProvisionManifestJob.JOB)) {
      return preview(
          summary,
          false,
          "Execution %d is one of job %s, not of a manifest.".formatted(execution, summary.job()));
    }
    Manifest manifest = detail.manifest() == null ? null : manifests.get(detail.manifest());
    if (manifest == null || manifest.withdrawn()) {
      return preview(
          summary,
          false,
          "Execution %d has nothing in the registry: its manifest was refused, or withdrawn before."
              .formatted(execution));
    }
    if (manifest.delivered()) {
      return preview(
          summary,
          false,
          "Its tokens were delivered, and somebody may hold them. Revoke its devices instead.");
    }
    if (detail.executions().get(detail.executions().size() - 1).running()) {
      return preview(
          summary, false, "Execution %d is running. Stop it first.".formatted(execution));
    }
    Counts counts = counts(manifest);
    long kept = changedOneByOne(manifest.id());
    List<String> sentences = new ArrayList<>();
    long leave = Math.max(counts.devices() - kept, 0);
    sentences.add(
        "%s the registry, as if %s had never been sent."
            .formatted(
                leave == 1 ? "1 device leaves" : "%,d devices leave".formatted(leave),
                leave == 1 ? "it" : "they"));
    if (kept > 0) {
      sentences.add(
          "%s changed one by one since, such as revoked, and %s."
              .formatted(
                  kept == 1 ? "1 device was" : "%,d devices were".formatted(kept),
                  kept == 1 ? "stays" : "stay"));
    }
    sentences.add("No token of it was delivered. The manifest can be sent again afterwards.");
    return new Preview(summary, true, sentences, null);
  }

  private record Counts(long devices, long rejects) {}

  private Counts counts(Manifest manifest) {
    return new Counts(
        sum(manifests.devicesByHub(manifest.id())), sum(manifests.rejectsByCode(manifest.id())));
  }

  private long changedOneByOne(int manifest) {
    return jdbc.sql(
            """
            SELECT count(*) FROM device d WHERE manifest_id = ?
               AND EXISTS (SELECT FROM device_status s WHERE s.device_id = d.device_id)\
            """)
        .param(manifest)
        .query(Long.class)
        .single();
  }

  private @Nullable String limit(ExecutionDetail detail) {
    long last = detail.executions().get(detail.executions().size() - 1).execution();
    return executions.asked(last).get("maxRejects");
  }

  private ExecutionDetail detail(long execution) {
    return executions
        .detail(execution)
        .orElseThrow(
            () -> new OperationRefusedException("There is no execution %d.".formatted(execution)));
  }

  private static Preview preview(ExecutionSummary summary, boolean possible, String sentence) {
    return new Preview(summary, possible, List.of(sentence), null);
  }

  private static StepProgress step(ExecutionDetail detail, String name) {
    return detail.progress().stream()
        .filter(step -> step.step().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String cause(ExecutionSummary summary) {
    return summary.cause() == null ? "" : summary.cause();
  }

  private static String are(long count, String what) {
    return count == 1 ? "1 " + what + " is" : "%,d %ss are".formatted(count, what);
  }

  private static String wereRefused(long count) {
    return count == 1 ? "1 row was refused" : "%,d rows were refused".formatted(count);
  }

  private static String capital(String sentence) {
    return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
