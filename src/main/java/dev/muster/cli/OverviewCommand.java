package dev.muster.cli;

import dev.muster.language.RelativeTime;
import dev.muster.language.Words;
import dev.muster.publisher.HubTrouble;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.RunNames;
import dev.muster.watching.Overview.Day;
import dev.muster.watching.Overview.InboxNow;
import dev.muster.watching.Overview.RunningNow;
import dev.muster.watching.Overview.Scheduled;
import dev.muster.watching.Overview.TokensEnding;
import dev.muster.watching.Overview.Week;
import dev.muster.watching.OverviewNow;
import dev.muster.watching.WholeOverview;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;

@Command(
    name = "overview",
    description =
        "How things stand: what is running, what needs somebody, what waits, what comes next by the"
            + " clock, the last 30 days, and the tokens that end soon.")
final class OverviewCommand extends ApplicationCommand {

  private static final int MOST_FAILED = 10;

  OverviewCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    OverviewNow now = beans.get(WholeOverview.class).now();
    if (output.json()) {
      output.json(now);
    } else {
      new Report(
              output,
              beans.get(Words.class),
              new RunNames(beans.get(Words.class)),
              beans.get(RelativeTime.class))
          .print(now);
    }
    return ExitCodes.OK;
  }

  /** The overview, in the words of its page. */
  private record Report(Output output, Words words, RunNames names, RelativeTime relativeTime) {

    void print(OverviewNow now) {
      new Facts()
          .add(words.of("overview.cards.running"), number(now.running().size()))
          .add(
              words.of("overview.cards.needs"),
              "%s  (%s)".formatted(number(now.needing()), String.join(" · ", needing(now))))
          .add(
              words.of("overview.cards.waiting"),
              "%s  (%s)"
                  .formatted(number(now.inbox().waiting()), String.join(" ", waiting(now.inbox()))))
          .print(output);
      section("overview.cards.clock");
      if (now.scheduled().isEmpty()) {
        output.line("  " + words.of("overview.cards.nothing-scheduled"));
      }
      now.scheduled().forEach(this::print);
      section("overview.runs.now");
      if (now.running().isEmpty()) {
        output.line("  " + words.of("overview.runs.nothing"));
      }
      now.running().forEach(this::print);
      if (!now.failed().isEmpty()) {
        section("overview.runs.failed");
        now.failed().forEach(this::print);
      }
      section("overview.days.title");
      days(now.days());
      section("overview.tokens.title");
      tokens(now.tokensEnding());
    }

    private List<String> needing(OverviewNow now) {
      List<String> parts = new ArrayList<>();
      parts.add(
          now.failed().size() >= MOST_FAILED
              ? words.of("overview.cards.last-to-restart")
              : words.of("overview.cards.to-restart", now.failed().size()));
      parts.add(words.of("overview.cards.in-inbox", now.inbox().failedAlone()));
      if (now.heldLists() > 0) {
        parts.add(words.of("overview.cards.held", now.heldLists()));
      }
      if (now.unfetchedBundles() > 0) {
        parts.add(words.of("overview.cards.unfetched", now.unfetchedBundles()));
      }
      for (HubTrouble hub : now.hubsInTrouble()) {
        parts.add(words.of("overview.cards.hub", hub.hub(), words.constant(hub.trouble())));
      }
      return parts;
    }

    private List<String> waiting(InboxNow inbox) {
      List<String> parts = new ArrayList<>();
      parts.add(
          inbox.oldest() == null
              ? words.of("overview.cards.nothing-waits")
              : words.of("overview.cards.oldest", relativeTime.ago(inbox.oldest())));
      if (inbox.nightly() > 0) {
        parts.add(words.of("overview.cards.nightly", inbox.nightly()));
      }
      if (inbox.refused() > 0) {
        parts.add("· " + words.of("overview.cards.refused", inbox.refused()));
      }
      return parts;
    }

    private void print(Scheduled task) {
      output.line(
          "  %-20s %s  %s%s"
              .formatted(
                  task.task(),
                  Output.time(task.next()),
                  task.running() ? words.of("layout.state.running") : relativeTime.ago(task.next()),
                  task.lastFailure() == null
                      ? ""
                      : ", "
                          + words.of(
                              "overview.cards.failed", relativeTime.ago(task.lastFailure()))));
    }

    private void print(RunningNow one) {
      StepProgress step = one.step();
      output.line(
          "  %9d  %-28s  %-16s  %s"
              .formatted(
                  one.execution().execution(),
                  Objects.toString(one.execution().manifest(), ""),
                  Objects.toString(one.execution().factory(), ""),
                  step == null ? words.of("overview.runs.begins") : progress(step)));
    }

    private String progress(StepProgress step) {
      Long total = step.total();
      Long left = step.secondsLeft();
      return names.step(step)
          + (total == null || total == 0
              ? ""
              : ": " + words.of("layout.progress." + step.unit(), step.done(), total))
          + (left == null || left == 0 ? "" : ", " + relativeTime.left(left));
    }

    private void print(ExecutionSummary one) {
      output.line(
          "  %9d  %-28s  %-16s  %s"
              .formatted(
                  one.execution(),
                  Objects.toString(one.manifest(), ""),
                  Objects.toString(one.factory(), ""),
                  names.status(one)));
      if (one.cause() != null) {
        output.lines("             ", one.cause());
      }
    }

    private void days(List<Day> days) {
      output.line(
          "  %s %s %s %s %s %s"
              .formatted(
                  number(days.stream().mapToLong(Day::provisioned).sum()),
                  words.of("overview.days.delivered-in"),
                  number(days.stream().mapToLong(Day::manifests).sum()),
                  words.of("overview.days.manifests"),
                  number(days.stream().mapToLong(Day::rejected).sum()),
                  words.of("overview.days.refused-rows")));
      String row = "  %-12s %10s %12s %10s";
      output.line(
          row.formatted(
              words.of("overview.days.day"),
              words.of("overview.days.of-manifests"),
              words.of("overview.days.provisioned"),
              words.of("overview.days.refused")));
      days.stream()
          .filter(day -> day.manifests() > 0)
          .forEach(
              day ->
                  output.line(
                      row.formatted(
                          day.date(),
                          number(day.manifests()),
                          number(day.provisioned()),
                          number(day.rejected()))));
    }

    private void tokens(TokensEnding tokens) {
      output.line(
          "  %s %s %s"
              .formatted(
                  number(tokens.total()),
                  words.of("overview.tokens.in-weeks"),
                  words.of(
                      tokens.estimated() ? "overview.tokens.estimated" : "overview.tokens.counted",
                      relativeTime.ago(tokens.countedAt()))));
      for (Week week : tokens.weeks()) {
        output.line("  %-12s %,12d".formatted(week.monday(), week.tokens()));
      }
    }

    private void section(String title) {
      output.line("");
      output.line(words.of(title));
    }

    private static String number(long value) {
      return "%,d".formatted(value);
    }
  }
}
