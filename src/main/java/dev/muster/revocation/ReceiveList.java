package dev.muster.revocation;

import dev.muster.factory.Factories;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RevocationHeader;
import dev.muster.run.RunSteps;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.time.Clock;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.stereotype.Component;

/** Gives the list that was received its number, or refuses it whole if it must be. */
@Component
@EnableConfigurationProperties(RevocationProperties.class)
class ReceiveList implements RunSteps.Work {

  private final RevocationLists lists;
  private final Factories factories;
  private final Spool spool;
  private final ReceivedContent contents;
  private final RevocationProperties properties;
  private final Clock clock;

  ReceiveList(
      RevocationLists lists,
      Factories factories,
      Spool spool,
      ReceivedContent contents,
      RevocationProperties properties,
      Clock clock) {
    this.lists = lists;
    this.factories = factories;
    this.spool = spool;
    this.contents = contents;
    this.properties = properties;
    this.clock = clock;
  }

  @Override
  public void of(StepContribution contribution) throws ManifestRefusedException, IOException {
    StepExecution step = contribution.getStepExecution();
    if (ReceivedList.isIn(step.getExecutionContext())) {
      return; // killed right after the commit
    }
    ListParameters parameters = ListParameters.of(step);
    ReceivedManifest received =
        contents.receive(
            parameters.spooledIn(spool),
            properties.maxListSize().toBytes(),
            factories.formatOfLists(parameters.run().factory()),
            parameters.announcedRows());
    RevocationHeader unused = new RevocationHeader(received.header());
    int listId =
        lists.add(
            parameters.run(),
            parameters.name(),
            parameters.actor(),
            parameters.sentBy(),
            received,
            parameters.signedAt(),
            clock.instant());
    new ReceivedList(listId, received.rows(), received.data(), received.format())
        .to(step.getExecutionContext());
  }
}
