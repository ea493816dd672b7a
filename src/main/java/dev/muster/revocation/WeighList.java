package dev.muster.revocation;

import dev.muster.manifest.Rejected;
import dev.muster.revocation.WeighedLists.Unweighed;
import dev.muster.run.RunEndsException;
import dev.muster.run.RunLock;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunSteps;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * Decides whether a list may be applied: the last moment before any device changes. One with too
 * many rejects is no list; one that takes too much out of service waits for a second person.
 */
@Component
class WeighList implements RunSteps.Work {

  private static final int NAMED = 3;

  private final JobRepository jobRepository;
  private final RevocationLists lists;
  private final WeighedLists weighed;
  private final Spool spool;
  private final RunLock runLock;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  WeighList(
      JobRepository jobRepository,
      RevocationLists lists,
      WeighedLists weighed,
      Spool spool,
      RunLock runLock,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jobRepository = jobRepository;
    this.lists = lists;
    this.weighed = weighed;
    this.spool = spool;
    this.runLock = runLock;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public void of(StepContribution contribution) throws IOException, ListEndsException {
    StepExecution step = contribution.getStepExecution();
    ReceivedList received = ReceivedList.of(step, jobRepository);
    ListParameters run = ListParameters.of(step);
    RevocationList list = lists.get(received.listId());
    Path content = run.spooledIn(spool);
    List<Rejected> first = new ArrayList<>();
    ListEffect effect;
    try {
      effect =
          weighed.weigh(
              new Unweighed(
                  content,
                  received.format(),
                  received.data(),
                  list.sha256(),
                  received.rows(),
                  list.factory(),
                  run.maxRejects()),
              reject -> {
                if (first.size() < NAMED) {
                  first.add(reject);
                }
              },
              rows -> {});
    } catch (NoSuchFileException e) {
      throw ReceivedContent.gone(content);
    }
    boolean waits = effect.held() != null && list.approvedBy() == null;
    runLock.commit(
        step.getJobExecution(),
        () -> {
          boolean asks = waits && !effect.tooManyRejects() && !list.givenUp();
          lists.weighed(list.id(), effect, asks);
          if (asks && !list.waitsForApproval()) {
            ask(run, list, effect);
          }
        });
    if (effect.tooManyRejects()) {
      throw ListEndsException.tooManyRejects(effect, received.rows(), first);
    }
    if (waits && list.givenUp()) {
      throw ListEndsException.givenUp(effect);
    }
    if (waits) {
      throw ListEndsException.held(effect);
    }
  }

  /** Of a list that came in, its arrival's end says so. */
  private void ask(ListParameters run, RevocationList list, ListEffect effect) {
    if (run.run().arrival() == null) {
      events.publishEvent(
          new SecondPersonAsked(
              list.name(),
              list.factory(),
              list.actor(),
              String.valueOf(ListEndsException.held(effect).getMessage()),
              null,
              list.id(),
              clock.instant()));
    }
  }

  /** A list that is not applied as it stands; its message is for whoever sent it. */
  private static final class ListEndsException extends RunEndsException {

    private ListEndsException(String exitCode, String message) {
      super(exitCode, message);
    }

    static ListEndsException tooManyRejects(ListEffect effect, long rows, List<Rejected> first) {
      return new ListEndsException(
          RunOutcome.TOO_MANY_REJECTS,
          "%d of %d rows were refused, and the limit is %s: nothing of the list was applied. %s Send a corrected list, or have the operator apply this one as it is."
              .formatted(effect.rejected(), rows, effect.rejectLimit(), Rejected.sentences(first)));
    }

    static ListEndsException givenUp(ListEffect effect) {
      return new ListEndsException(
          RunOutcome.REFUSED,
          "%s The list was given up, so nobody can approve it. If it is meant, it must be sent again."
              .formatted(effect.held()));
    }

    static ListEndsException held(ListEffect effect) {
      return new ListEndsException(
          RunOutcome.HELD,
          effect.held()
              + " Nothing of it is applied until a second person, who may revoke devices, has"
              + " approved it. If it was sent by mistake, tell the operator.");
    }
  }
}
