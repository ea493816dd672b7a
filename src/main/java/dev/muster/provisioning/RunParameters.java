package dev.muster.provisioning;

import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Updates;
import dev.muster.run.RunContent;
import dev.muster.run.RunKind;
import dev.muster.store.Spool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.step.StepExecution;

/**
 * What a run is asked to do, as Spring Batch keeps it. The first three are its identity: the same
 * content of the same factory is the same run, however it is called and wherever it lies.
 *
 * @param round how often this content came before and was withdrawn
 * @param content where its content was received; null when it lies in the spool already
 * @param arrival the arrival that brought it; null when it did not arrive by itself
 * @param announcedRows how many rows its sender said there are; null when it did not say
 * @param updates what it may change of devices that are there
 */
public record RunParameters(
    String factory,
    String sha256,
    long round,
    Path file,
    String manifest,
    RejectLimit maxRejects,
    Duration tokenLifetime,
    @Nullable Path content,
    @Nullable Long arrival,
    @Nullable Long announcedRows,
    Updates updates) {

  static final String ROUND = "round";

  private static final int SHA256_SHOWN = 12;

  private static final String FILE = "file";
  private static final String TOKEN_LIFETIME = "tokenLifetime";
  private static final String ANNOUNCED_ROWS = "announcedRows";
  private static final String UPDATES = "updates";

  public static RunParameters of(JobExecution execution) {
    JobParameters parameters = execution.getJobParameters();
    return new RunParameters(
        text(parameters, RunKind.FACTORY),
        text(parameters, RunKind.SHA256),
        Objects.requireNonNull(parameters.getLong(ROUND), ROUND),
        Path.of(text(parameters, FILE)),
        text(parameters, RunKind.NAME),
        RejectLimit.valueOf(text(parameters, RunKind.MAX_REJECTS)),
        Duration.parse(text(parameters, TOKEN_LIFETIME)),
        RunContent.received(parameters),
        parameters.getLong(RunKind.ARRIVAL),
        parameters.getLong(ANNOUNCED_ROWS),
        updates(parameters));
  }

  static RunParameters of(StepExecution step) {
    return of(step.getJobExecution());
  }

  private static Updates updates(JobParameters parameters) {
    String updates = parameters.getString(UPDATES);
    return updates == null ? Updates.NONE : Updates.valueOf(updates);
  }

  private static String text(JobParameters parameters, String name) {
    return Objects.requireNonNull(parameters.getString(name), name);
  }

  public RunParameters withMaxRejects(RejectLimit limit) {
    return new RunParameters(
        factory,
        sha256,
        round,
        file,
        manifest,
        limit,
        tokenLifetime,
        content,
        arrival,
        announcedRows,
        updates);
  }

  /**
   * What the folder of its bundle is called: the manifest's name, and the first digits of its
   * content's SHA-256.
   */
  static String bundleName(String manifest, String sha256) {
    return manifest + "-" + sha256.substring(0, SHA256_SHOWN);
  }

  String bundleName() {
    return bundleName(manifest, sha256);
  }

  /** Where its content lies until it is delivered or withdrawn. */
  Path spooledIn(Spool spool) {
    return spool.manifest(factory, sha256 + "-" + round);
  }

  /** What alone tells a run from every other. */
  public static JobParameters identity(String factory, String sha256, long round) {
    return new JobParametersBuilder()
        .addString(RunKind.FACTORY, factory, true)
        .addString(RunKind.SHA256, sha256, true)
        .addLong(ROUND, round, true)
        .toJobParameters();
  }

  public JobParameters toJobParameters() {
    JobParametersBuilder parameters =
        new JobParametersBuilder()
            .addString(RunKind.FACTORY, factory, true)
            .addString(RunKind.SHA256, sha256, true)
            .addLong(ROUND, round, true)
            .addString(FILE, file.toString(), false)
            .addString(RunKind.NAME, manifest, false)
            .addString(RunKind.MAX_REJECTS, maxRejects.toString(), false)
            .addString(TOKEN_LIFETIME, tokenLifetime.toString(), false);
    if (content != null) {
      parameters.addString(RunKind.CONTENT, content.toString(), false);
    }
    if (arrival != null) {
      parameters.addLong(RunKind.ARRIVAL, arrival, false);
    }
    if (announcedRows != null) {
      parameters.addLong(ANNOUNCED_ROWS, announcedRows, false);
    }
    if (updates.any()) {
      parameters.addString(UPDATES, updates.name(), false);
    }
    return parameters.toJobParameters();
  }
}
