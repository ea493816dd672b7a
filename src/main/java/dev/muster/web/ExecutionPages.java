package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import dev.muster.manifest.RejectLimit;
import dev.muster.run.BackgroundRuns;
import dev.muster.run.BackgroundRuns.Begun;
import dev.muster.run.ExecutionDetail;
import dev.muster.run.Executions;
import dev.muster.run.Executions.Filter;
import dev.muster.run.Executions.Status;
import dev.muster.run.RunControl;
import dev.muster.run.RunPreviews;
import dev.muster.run.RunPreviews.Preview;
import dev.muster.web.Several.LeftOut;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Executions, and what an operator can do about one: each time it is said first what happens. */
@Page
class ExecutionPages {

  private static final String EXECUTIONS = "/executions";

  private final Executions executions;
  private final RunPreviews previews;
  private final BackgroundRuns backgroundRuns;
  private final RunControl runControl;
  private final Words words;

  ExecutionPages(
      Executions executions,
      RunPreviews previews,
      BackgroundRuns backgroundRuns,
      RunControl runControl,
      Words words) {
    this.executions = executions;
    this.previews = previews;
    this.backgroundRuns = backgroundRuns;
    this.runControl = runControl;
    this.words = words;
  }

  record Typed(
      @Nullable String job,
      @Nullable Status status,
      @Nullable String factory,
      @Nullable String text,
      @Nullable String from,
      @Nullable String until) {

    private Filter filter(List<String> problems) {
      return new Filter(job, status, factory, text, Typing.period(from, until, problems));
    }
  }

  @GetMapping("/executions")
  String list(Typed typed, @RequestParam(required = false) @Nullable Long before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    model.addAttribute("filter", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("jobs", executions.jobs());
    model.addAttribute("statuses", Status.values());
    model.addAttribute(
        "page",
        Paging.of(
            problems.isEmpty() ? executions.page(filter, before, Paging.ROWS + 1) : List.of(),
            one -> Long.valueOf(one.execution())));
    return "executions";
  }

  @GetMapping("/executions/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send(
        "executions", executions.all(Typing.understood(typed::filter)), format, response);
  }

  @GetMapping("/executions/{execution:\\d+}")
  String one(@PathVariable long execution, Model model) {
    ExecutionDetail found =
        executions
            .detail(execution)
            .orElseThrow(() -> new NotThereException("execution", execution));
    model.addAttribute("detail", found);
    model.addAttribute("execution", found.summary());
    return "execution";
  }

  // What can be done

  /**
   * Something one can do.
   *
   * @param verb as it stands in the address
   * @param danger whether it can't be taken back
   */
  record Deed(String verb, boolean danger) {}

  private static final Deed RESTART = new Deed("restart", false);
  private static final Deed STOP = new Deed("stop", false);
  private static final Deed ABANDON = new Deed("abandon", true);
  private static final Deed WITHDRAW = new Deed("withdraw", true);

  @GetMapping("/executions/{execution:\\d+}/restart")
  String askRestart(@PathVariable long execution, Model model) {
    return ask(RESTART, previews.restart(execution), model);
  }

  @GetMapping("/executions/{execution:\\d+}/stop")
  String askStop(@PathVariable long execution, Model model) {
    return ask(STOP, previews.stop(execution), model);
  }

  @GetMapping("/executions/{execution:\\d+}/abandon")
  String askAbandon(@PathVariable long execution, Model model) {
    return ask(ABANDON, previews.abandon(execution), model);
  }

  @GetMapping("/executions/{execution:\\d+}/withdraw")
  String askWithdraw(@PathVariable long execution, Model model) {
    return ask(WITHDRAW, previews.withdraw(execution), model);
  }

  private static String ask(Deed deed, Preview preview, Model model) {
    model.addAttribute("deed", deed);
    model.addAttribute("preview", preview);
    model.addAttribute("execution", preview.execution());
    return "execution-deed";
  }

  @PostMapping("/executions/{execution:\\d+}/restart")
  String restart(
      @PathVariable long execution,
      @RequestParam(defaultValue = "") String maxRejects,
      RedirectAttributes redirect) {
    RejectLimit limit;
    try {
      limit = maxRejects.isBlank() ? null : RejectLimit.valueOf(maxRejects);
    } catch (IllegalArgumentException e) {
      Flash.refused(redirect, String.valueOf(e.getMessage()));
      redirect.addFlashAttribute("maxRejects", maxRejects);
      return "redirect:/executions/" + execution + "/restart";
    }
    Begun begun = backgroundRuns.restart(execution, limit);
    return done(
        redirect,
        begun.execution(),
        words.of("runs.deed.restarted", Long.toString(begun.execution())));
  }

  @GetMapping("/executions/several/restart")
  String askRestarts(
      @RequestParam(defaultValue = "") List<Long> execution,
      @RequestParam(defaultValue = "") String list,
      Model model) {
    Callers.mustMay(Permission.EXECUTION_CONTROL);
    Restarts restarts = restarts(execution);
    model.addAttribute("list", list);
    model.addAttribute("back", Several.from(EXECUTIONS, list));
    model.addAttribute("possible", restarts.possible());
    model.addAttribute("leftOut", restarts.leftOut());
    return "executions-several";
  }

  @PostMapping("/executions/several/restart")
  String restartSeveral(
      @RequestParam(defaultValue = "") List<Long> execution,
      @RequestParam(defaultValue = "") String list,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.EXECUTION_CONTROL);
    Restarts restarts = restarts(execution);
    List<Long> possible =
        restarts.possible().stream().map(one -> one.execution().execution()).toList();
    if (!possible.isEmpty()) {
      backgroundRuns.restartAll(possible);
      redirect.addFlashAttribute("done", words.of("runs.several.are-restarted", possible.size()));
    }
    redirect.addFlashAttribute("leftOut", restarts.leftOut());
    return "redirect:" + Several.from(EXECUTIONS, list);
  }

  /** What a restart of several does. */
  private record Restarts(List<Preview> possible, List<LeftOut> leftOut) {}

  private Restarts restarts(List<Long> chosen) {
    List<Preview> possible = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    for (long one : Several.of(chosen, words)) {
      try {
        Preview preview = previews.restart(one);
        if (preview.possible()) {
          possible.add(preview);
        } else {
          leftOut.add(LeftOut.english(one, String.join(" ", preview.sentences())));
        }
      } catch (RefusedException e) {
        leftOut.add(LeftOut.of(one, e));
      }
    }
    return new Restarts(possible, leftOut);
  }

  @PostMapping("/executions/{execution:\\d+}/stop")
  String stop(@PathVariable long execution, RedirectAttributes redirect) {
    return done(
        redirect,
        execution,
        words.of(runControl.stop(execution) ? "runs.deed.stopping" : "runs.deed.process-gone"));
  }

  @PostMapping("/executions/{execution:\\d+}/abandon")
  String abandon(@PathVariable long execution, RedirectAttributes redirect) throws IOException {
    redirect.addFlashAttribute("remark", runControl.abandon(execution)); // a service's sentence
    return done(redirect, execution, words.of("runs.deed.abandoned"));
  }

  @PostMapping("/executions/{execution:\\d+}/withdraw")
  String withdraw(@PathVariable long execution, RedirectAttributes redirect) {
    Long devices = backgroundRuns.withdraw(execution).devices();
    return done(
        redirect,
        execution,
        devices == null
            ? words.of("runs.deed.withdrawing")
            : words.of("runs.deed.withdrawn", devices));
  }

  private static String done(RedirectAttributes redirect, long execution, String sentence) {
    redirect.addFlashAttribute("done", sentence);
    return "redirect:/executions/" + execution;
  }
}
