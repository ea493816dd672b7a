package dev.muster.run;

import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Batch's history as a run writes it: not how the run ended, once another process has taken
 * it over and, say, withdrawn it. Spring Batch does not see to that, since it takes the version of
 * a job execution from the database before it writes over it; nor with the contexts of steps. So a
 * worker whose partition another has by now, or whose leader has gone on without it, does not write
 * how far it had come. Nor does whoever lost the run begin a step: that would be the last one, and
 * without what its successor has come to.
 */
@Component
class HeldHistory implements MethodInterceptor {

  private final RunLock runLock;
  private final SharedParts parts;
  private final TransactionTemplate transaction;

  HeldHistory(RunLock runLock, SharedParts parts, PlatformTransactionManager transactions) {
    this.runLock = runLock;
    this.parts = parts;
    this.transaction = new TransactionTemplate(transactions);
  }

  /** The same history, written so. */
  JobRepository of(JobRepository repository) {
    ProxyFactory proxy = new ProxyFactory(JobRepository.class, this);
    proxy.setTarget(repository);
    return (JobRepository) proxy.getProxy();
  }

  @Override
  public @Nullable Object invoke(MethodInvocation call) throws Throwable {
    String method = call.getMethod().getName();
    if (method.equals("updateExecutionContext")
        && call.getArguments()[0] instanceof StepExecution step) {
      unlessLost(step, call);
      return null;
    }
    if (method.equals("createStepExecution")
        && call.getArguments()[1] instanceof JobExecution execution) {
      return transaction.execute(
          status -> {
            runLock.hold(execution);
            return Objects.requireNonNull(proceed(call));
          });
    }
    Object written = method.equals("update") ? call.getArguments()[0] : null;
    if (written instanceof StepExecution step) {
      step.setExitStatus(withoutNul(step.getExitStatus()));
      asItEnded(step, (JobRepository) Objects.requireNonNull(call.getThis()));
      unlessLost(step, call);
      return null;
    }
    if (!(written instanceof JobExecution execution)) {
      return call.proceed();
    }
    execution.setExitStatus(withoutNul(execution.getExitStatus()));
    transaction.executeWithoutResult(
        status -> {
          runLock.hold(execution);
          var unused = proceed(call);
        });
    return null;
  }

  private void unlessLost(StepExecution step, MethodInvocation call) {
    transaction.executeWithoutResult(
        status -> {
          if (!parts.isLost(step)) {
            var unused = proceed(call);
          }
        });
  }

  /**
   * Spring Batch writes the end of a step twice, and its context behind each. Whoever is cut off
   * behind the first calls the step UNKNOWN, and would write that over the end that is there.
   */
  private static void asItEnded(StepExecution step, JobRepository repository) {
    if (step.getStatus() == BatchStatus.UNKNOWN) {
      StepExecution written = repository.getStepExecution(step.getId());
      if (written != null && written.getStatus() == BatchStatus.COMPLETED) {
        step.setStatus(written.getStatus());
        step.setExitStatus(written.getExitStatus());
      }
    }
  }

  /**
   * PostgreSQL's text can't hold U+0000, and what failed may quote one. Spring Batch would neither
   * write the end of the run then nor start it again.
   */
  private static ExitStatus withoutNul(ExitStatus end) {
    return new ExitStatus(end.getExitCode(), end.getExitDescription().replace('\0', '\u2400'));
  }

  /** Without its checked exceptions: what is called so has none. */
  private static @Nullable Object proceed(MethodInvocation call) {
    try {
      return call.proceed();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
