package dev.muster.provisioning;

import dev.muster.bundle.BundleSteps;
import dev.muster.bundle.Published;
import dev.muster.bundle.Receipt;
import dev.muster.manifest.RejectLimit;
import dev.muster.registry.Manifest;
import dev.muster.registry.Manifests;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunKind;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStep;
import dev.muster.run.RunSubject;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Runs of the job {@code provision-manifest}. */
@Component
class ManifestRunKind implements RunKind {

  private final ManifestRuns runs;
  private final Manifests manifests;
  private final Withdrawal withdrawal;
  private final RejectsFile rejectsFile;
  private final Published published;
  private final ProvisioningProperties properties;
  private final ReceivedContent contents;
  private final Spool spool;
  private final JdbcClient jdbc;

  ManifestRunKind(
      ManifestRuns runs,
      Manifests manifests,
      Withdrawal withdrawal,
      RejectsFile rejectsFile,
      Published published,
      ProvisioningProperties properties,
      ReceivedContent contents,
      Spool spool,
      JdbcClient jdbc) {
    this.runs = runs;
    this.manifests = manifests;
    this.withdrawal = withdrawal;
    this.rejectsFile = rejectsFile;
    this.published = published;
    this.properties = properties;
    this.contents = contents;
    this.spool = spool;
    this.jdbc = jdbc;
  }

  @Override
  public String job() {
    return ProvisionManifestJob.JOB;
  }

  @Override
  public String title() {
    return "Provision a manifest";
  }

  @Override
  public String noun() {
    return "manifest";
  }

  @Override
  public List<RunStep> steps() {
    return List.of(
        ProvisionManifestJob.RECEIVE,
        ProvisionManifestJob.LOAD,
        ProvisionManifestJob.SETTLE,
        BundleSteps.ISSUE,
        BundleSteps.DELIVER);
  }

  @Override
  public RunSubject subject(Map<String, String> asked) {
    return jdbc.sql(
            """
            SELECT manifest_id, rows,
                   coalesce(accepted, (SELECT sum(devices) FROM loaded_lines l WHERE l.manifest_id = m.manifest_id)) AS devices
              FROM manifest m WHERE factory = ? AND sha256 = ? ORDER BY manifest_id LIMIT 1 OFFSET ?\
            """)
        .param(asked.get(FACTORY))
        .param(asked.get(SHA256))
        .param(Long.parseLong(asked.getOrDefault(RunParameters.ROUND, "0")))
        .query(
            (row, number) ->
                new RunSubject(
                    row.getInt(1), null, row.getLong(2), row.getObject("devices", Long.class)))
        .optional()
        .orElse(RunSubject.UNKNOWN);
  }

  @Override
  public Map<String, Long> numbers(RunSubject subject) {
    String receipt =
        subject.manifest() == null ? null : manifests.get(subject.manifest()).receipt();
    if (receipt == null) {
      return Map.of();
    }
    Receipt told = Receipt.parse(receipt);
    return RunKind.counts(
        "rows", told.rows(), told.accepted(), told.updated(), told.unchanged(), told.rejected());
  }

  @Override
  public RunOutcome restart(JobExecution last, @Nullable RejectLimit maxRejects) {
    return runs.restart(last, maxRejects);
  }

  @Override
  public String words(RunOutcome outcome) {
    return outcome.status().equals(RunOutcome.ALREADY_PROVISIONED)
        ? "provisioned before; this is the first receipt"
        : RunKind.words(outcome, "provisioned");
  }

  @Override
  public List<String> decisions(RunOutcome outcome) {
    return outcome.ending() == RunOutcome.Ending.UNDECIDED
        ? List.of(
            "Each is explained in %s/rejects.csv."
                .formatted(
                    rejectsFile.ofRefused(outcome.factory(), outcome.manifest(), outcome.sha256())),
            "Restart with a higher limit (jobs/restart %1$d --max-rejects …), or take the loaded devices back (jobs/withdraw %1$d)."
                .formatted(outcome.execution()))
        : List.of();
  }

  @Override
  public Map<String, Long> numbers(RunOutcome outcome) {
    return RunKind.counts("rows", outcome);
  }

  @Override
  public List<String> restarting(ExecutionDetail run) {
    Integer id = run.manifest();
    if (id == null) {
      return List.of("It begins from the start: nothing of it was loaded.");
    }
    Manifest manifest = manifests.get(id);
    if (manifest.delivered()) {
      return List.of(
          "Its bundle is delivered already; the run only comes to its end. Nothing is loaded, and"
              + " no token is issued again.");
    }
    List<String> sentences = new ArrayList<>();
    Counts counts = counts(manifest);
    StepProgress load = run.step(ProvisionManifestJob.LOAD);
    StepProgress issue = run.step(BundleSteps.ISSUE);
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
    String limit = run.asked().get(MAX_REJECTS);
    sentences.add(
        "%s so far, and the limit is %s."
            .formatted(wereRefused(counts.rejects()), limit == null ? "as configured" : limit));
    if (limit != null && RejectLimit.valueOf(limit).exceededBy(counts.rejects(), manifest.rows())) {
      sentences.add(
          "Those are too many: with this limit it will fail again before any token is issued."
              + " Restart it with a higher one, or withdraw it.");
    }
    return sentences;
  }

  @Override
  public List<String> stopping(ExecutionDetail run) {
    List<String> sentences = new ArrayList<>();
    sentences.add(
        "It stops behind the chunk that it is at, of at most %,d rows; that may take some seconds."
            .formatted(properties.chunkRows()));
    if (run.manifest() == null) {
      sentences.add("What it has done stays; a restart continues behind it.");
    } else {
      long devices = counts(manifests.get(run.manifest())).devices();
      sentences.add(
          "%s in the registry now and %s; a restart continues behind them."
              .formatted(capital(are(devices, "device")), devices == 1 ? "stays" : "stay"));
      sentences.add("Until then nothing is delivered, and the devices get no tokens.");
    }
    return sentences;
  }

  @Override
  public String abandoned(ExecutionDetail run) {
    Integer id = run.manifest();
    long devices = id == null ? 0 : counts(manifests.get(id)).devices();
    return devices == 0
        ? "None of its devices is in the registry."
        : "%s in the registry and %s there, registered but without a token, until the run is withdrawn. The same manifest can't be sent again before."
            .formatted(capital(are(devices, "device")), devices == 1 ? "stays" : "stay");
  }

  @Override
  public Possible withdrawing(ExecutionDetail run) {
    Manifest manifest = run.manifest() == null ? null : manifests.get(run.manifest());
    String problem = problem(manifest, run.summary().execution());
    if (manifest == null || problem != null) {
      return new Possible(false, List.of(String.valueOf(problem)));
    }
    long kept = changedOneByOne(manifest.id());
    List<String> sentences = new ArrayList<>();
    long leave = Math.max(counts(manifest).devices() - kept, 0);
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
    return new Possible(true, sentences);
  }

  @Override
  public Optional<Path> content(JobExecution execution) {
    return Optional.of(RunParameters.of(execution).spooledIn(spool));
  }

  @Override
  public void abandon(JobExecution execution) throws IOException {
    RunParameters run = RunParameters.of(execution);
    Integer bundle =
        manifests.find(run.factory(), run.sha256(), run.round()).map(Manifest::bundle).orElse(null);
    if (bundle != null && published.is(bundle)) {
      throw new OperationRefusedException(
          "Execution %d can't be given up: its bundle was published, and somebody may hold its tokens. Its devices have them now; restarted, it comes to its end."
              .formatted(execution.getId()));
    }
    contents.remove(run.spooledIn(spool));
  }

  @Override
  public boolean withdrawn(JobExecution execution) {
    return runs.withdrawn(RunParameters.of(execution));
  }

  @Override
  public long withdraw(JobExecution execution, Runnable alongside) throws IOException {
    RunParameters run = RunParameters.of(execution);
    Manifest manifest = manifests.find(run.factory(), run.sha256(), run.round()).orElse(null);
    if (manifest != null && manifest.withdrawn()) {
      withdrawal.removeFiles(manifest.id(), run); // killed while it was withdrawn
      return 0;
    }
    Integer bundle = manifest == null ? null : manifest.bundle();
    if (bundle != null && published.is(bundle)) {
      manifest = manifests.get(Objects.requireNonNull(manifest).id());
    }
    String problem = problem(manifest, execution.getId());
    if (manifest == null || problem != null) {
      throw new OperationRefusedException(String.valueOf(problem));
    }
    return withdrawal.withdrawForOperator(manifest.id(), execution, alongside);
  }

  private static @Nullable String problem(@Nullable Manifest manifest, long execution) {
    if (manifest == null || manifest.withdrawn()) {
      return "Execution %d has nothing in the registry: its manifest was refused, or withdrawn before."
          .formatted(execution);
    }
    return manifest.delivered()
        ? "Execution %d can't be withdrawn: its tokens were delivered, and somebody may hold them. Revoke its devices instead."
            .formatted(execution)
        : null;
  }

  private record Counts(long devices, long rejects) {}

  private Counts counts(Manifest manifest) {
    return new Counts(
        RunOutcome.sum(manifests.devicesByHub(manifest.id())),
        RunOutcome.sum(manifests.rejectsByCode(manifest.id())));
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

  private static String are(long count, String what) {
    return count == 1 ? "1 " + what + " is" : "%,d %ss are".formatted(count, what);
  }

  private static String wereRefused(long count) {
    return count == 1 ? "1 row was refused" : "%,d rows were refused".formatted(count);
  }

  private static String capital(String sentence) {
    return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
  }
}
