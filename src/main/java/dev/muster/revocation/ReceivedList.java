package dev.muster.revocation;

import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestRange;
import java.util.Objects;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;

/**
 * What the step {@code receive} found out.
 *
 * @param listId the list's number
 */
record ReceivedList(int listId, long rows, ManifestRange data, ManifestFormat format) {

  private static final String LIST_ID = "listId";
  private static final String ROWS = "rows";
  private static final String OFFSET = "offset";
  private static final String END = "end";
  private static final String LINE = "line";
  private static final String FORMAT = "format";

  static boolean isIn(ExecutionContext context) {
    return context.containsKey(LIST_ID);
  }

  /** As the step left it, also before a restart. */
  static ReceivedList of(StepExecution later, JobRepository jobRepository) {
    StepExecution execution =
        jobRepository.getLastStepExecution(
            later.getJobExecution().getJobInstance(), ApplyRevocationsJob.RECEIVE.name());
    ExecutionContext context =
        Objects.requireNonNull(execution, ApplyRevocationsJob.RECEIVE.name()).getExecutionContext();
    return new ReceivedList(
        context.getInt(LIST_ID),
        context.getLong(ROWS),
        new ManifestRange(context.getLong(OFFSET), context.getLong(END), context.getLong(LINE)),
        ManifestFormat.parse((String) context.get(FORMAT)));
  }

  void to(ExecutionContext context) {
    context.putInt(LIST_ID, listId);
    context.putLong(ROWS, rows);
    context.putLong(OFFSET, data.offset());
    context.putLong(END, data.end());
    context.putLong(LINE, data.line());
    if (format.json() != null) {
      context.putString(FORMAT, format.json());
    }
  }
}
