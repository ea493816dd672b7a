package dev.muster.revocation;

import dev.muster.manifest.RejectLimit;
import dev.muster.revocation.RevocationLists.Run;
import dev.muster.run.RunContent;
import dev.muster.run.RunKind;
import dev.muster.store.Spool;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.step.StepExecution;

/**
 * What a run is asked to do, as Spring Batch keeps it. Its identity is {@link Run}: a list is
 * applied each time it is sent, and each time once.
 *
 * @param actor on whose word it is applied
 * @param sentBy the same as an account; another one must approve what needs that
 * @param content where its content was received; null when it lies in the spool already
 * @param announcedRows how many rows its sender said there are; null when it did not say
 * @param maxRejects how many of its rows may be rejected; null: as is said of its factory, or of
 *     all
 * @param signedAt when its factory signed it; null when that does not sign
 */
public record ListParameters(
    Run run,
    Path file,
    String name,
    String actor,
    String sentBy,
    @Nullable Path content,
    @Nullable Long announcedRows,
    @Nullable RejectLimit maxRejects,
    @Nullable Instant signedAt) {

  static final String ROUND = "round";
  private static final String FILE = "file";
  private static final String ACTOR = "actor";
  private static final String SENT_BY = "sentBy";
  private static final String ANNOUNCED_ROWS = "announcedRows";
  private static final String SIGNED_AT = "signedAt";

  public static ListParameters of(JobExecution execution) {
    JobParameters parameters = execution.getJobParameters();
    return new ListParameters(
        new Run(
            text(parameters, RunKind.SHA256),
            parameters.getString(RunKind.FACTORY),
            parameters.getLong(RunKind.ARRIVAL),
            Objects.requireNonNull(parameters.getLong(ROUND), ROUND)),
        Path.of(text(parameters, FILE)),
        text(parameters, RunKind.NAME),
        text(parameters, ACTOR),
        text(parameters, SENT_BY),
        RunContent.received(parameters),
        parameters.getLong(ANNOUNCED_ROWS),
        limit(parameters),
        signedAt(parameters));
  }

  static ListParameters of(StepExecution step) {
    return of(step.getJobExecution());
  }

  private static @Nullable RejectLimit limit(JobParameters parameters) {
    String limit = parameters.getString(RunKind.MAX_REJECTS);
    return limit == null ? null : RejectLimit.valueOf(limit);
  }

  ListParameters withMaxRejects(RejectLimit limit) {
    return new ListParameters(
        run, file, name, actor, sentBy, content, announcedRows, limit, signedAt);
  }

  private static @Nullable Instant signedAt(JobParameters parameters) {
    String signedAt = parameters.getString(SIGNED_AT);
    return signedAt == null ? null : Instant.parse(signedAt);
  }

  private static String text(JobParameters parameters, String name) {
    return Objects.requireNonNull(parameters.getString(name), name);
  }

  /** Where its content lies until it is applied. */
  Path spooledIn(Spool spool) {
    return spool.list(
        "%s-%s-%d-%d"
            .formatted(
                run.sha256(),
                run.factory() == null ? "" : run.factory(),
                run.arrival() == null ? 0 : run.arrival(),
                run.round()));
  }

  /** What alone tells a run from every other. */
  static JobParameters identity(Run run) {
    JobParametersBuilder parameters =
        new JobParametersBuilder()
            .addString(RunKind.SHA256, run.sha256(), true)
            .addLong(ROUND, run.round(), true);
    if (run.factory() != null) {
      parameters.addString(RunKind.FACTORY, run.factory(), true);
    }
    if (run.arrival() != null) {
      parameters.addLong(RunKind.ARRIVAL, run.arrival(), true);
    }
    return parameters.toJobParameters();
  }

  public JobParameters toJobParameters() {
    JobParametersBuilder parameters =
        new JobParametersBuilder(identity(run))
            .addString(FILE, file.toString(), false)
            .addString(RunKind.NAME, name, false)
            .addString(ACTOR, actor, false)
            .addString(SENT_BY, sentBy, false);
    if (content != null) {
      parameters.addString(RunKind.CONTENT, content.toString(), false);
    }
    if (announcedRows != null) {
      parameters.addLong(ANNOUNCED_ROWS, announcedRows, false);
    }
    if (maxRejects != null) {
      parameters.addString(RunKind.MAX_REJECTS, maxRejects.toString(), false);
    }
    if (signedAt != null) {
      parameters.addString(SIGNED_AT, signedAt.toString(), false);
    }
    return parameters.toJobParameters();
  }
}
