package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Filter;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.State;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import dev.muster.run.Executions;
import dev.muster.web.Several.LeftOut;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** The inbox, and what in it needs somebody. */
@Page
class ArrivalPages {

  private static final int LATEST_UNTAKEN = 100;
  private static final int MAX_REASON = 500;

  private static final String ARRIVALS = "/arrivals";
  private static final String RETRY = "retry";
  private static final String DISMISS = "dismiss";

  private final Arrivals arrivals;
  private final Executions executions;
  private final Words words;

  ArrivalPages(Arrivals arrivals, Executions executions, Words words) {
    this.arrivals = arrivals;
    this.executions = executions;
    this.words = words;
  }

  record Typed(
      @Nullable State state,
      @Nullable String factory,
      @Nullable String source,
      @Nullable String text,
      @Nullable String from,
      @Nullable String until) {

    private Filter filter(List<String> problems) {
      return new Filter(state, factory, source, text, Typing.period(from, until, problems));
    }
  }

  @GetMapping("/arrivals")
  String list(Typed typed, @RequestParam(required = false) @Nullable Long before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    model.addAttribute("filter", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("states", State.values());
    model.addAttribute("sources", arrivals.sources());
    model.addAttribute(
        "page",
        Paging.of(
            problems.isEmpty() ? arrivals.page(filter, before, Paging.ROWS + 1) : List.of(),
            one -> Long.valueOf(one.arrival())));
    model.addAttribute("untaken", arrivals.untaken(LATEST_UNTAKEN));
    return "arrivals";
  }

  @GetMapping("/arrivals/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send(
        "arrivals", arrivals.all(Typing.understood(typed::filter)), format, response);
  }

  @GetMapping("/arrivals/unusable")
  String unusable(Model model) {
    model.addAttribute("messages", arrivals.unusable(100));
    return "unusable-messages";
  }

  @GetMapping("/arrivals/{arrival:\\d+}")
  String one(@PathVariable long arrival, Model model) {
    Shown shown = find(arrival);
    model.addAttribute("arrival", shown);
    model.addAttribute(
        "run",
        shown.execution() == null || !Callers.current().may(Permission.EXECUTION_READ)
            ? null
            : executions.detail(shown.execution()).orElse(null));
    return "arrival";
  }

  @GetMapping("/arrivals/{arrival:\\d+}/{deed:retry|dismiss}")
  String ask(@PathVariable long arrival, @PathVariable String deed, Model model) {
    model.addAttribute("arrival", find(arrival));
    model.addAttribute("deed", deed);
    return "arrival-deed";
  }

  @PostMapping("/arrivals/{arrival:\\d+}/retry")
  String retry(@PathVariable long arrival, RedirectAttributes redirect) {
    if (!arrivals.retry(arrival)) {
      throw cannot("arrivals.deed.cannot-retry", arrival);
    }
    redirect.addFlashAttribute("done", words.of("arrivals.deed.is-retried"));
    return "redirect:/arrivals/" + arrival;
  }

  @PostMapping("/arrivals/{arrival:\\d+}/dismiss")
  String dismiss(
      @PathVariable long arrival, @RequestParam String reason, RedirectAttributes redirect) {
    if (isNone(reason)) {
      sayWhy(reason, redirect);
      return "redirect:/arrivals/" + arrival + "/dismiss";
    }
    if (!arrivals.dismiss(arrival, reason.strip())) {
      throw cannot("arrivals.deed.cannot-dismiss", arrival);
    }
    redirect.addFlashAttribute("done", words.of("arrivals.deed.is-dismissed"));
    return "redirect:/arrivals/" + arrival;
  }

  // Several at once

  @GetMapping("/arrivals/several/{deed:retry|dismiss}")
  String askSeveral(
      @PathVariable String deed,
      @RequestParam(defaultValue = "") List<Long> arrival,
      @RequestParam(defaultValue = "") String list,
      Model model) {
    Callers.mustMay(Permission.ARRIVAL_DECIDE);
    List<Shown> possible = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    for (long one : Several.of(arrival, words)) {
      Shown shown = arrivals.find(one).orElse(null);
      if (shown != null && (deed.equals(RETRY) ? shown.retryable() : shown.dismissible())) {
        possible.add(shown);
      } else {
        leftOut.add(leftOut(one, deed));
      }
    }
    model.addAttribute("deed", deed);
    model.addAttribute("list", list);
    model.addAttribute("back", Several.from(ARRIVALS, list));
    model.addAttribute("possible", possible);
    model.addAttribute("leftOut", leftOut);
    return "arrivals-several";
  }

  @PostMapping("/arrivals/several/retry")
  String retrySeveral(
      @RequestParam(defaultValue = "") List<Long> arrival,
      @RequestParam(defaultValue = "") String list,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.ARRIVAL_DECIDE);
    return severalDone(
        redirect, list, "arrivals.several.are-retried", each(RETRY, arrival, arrivals::retry));
  }

  @PostMapping("/arrivals/several/dismiss")
  String dismissSeveral(
      @RequestParam(defaultValue = "") List<Long> arrival,
      @RequestParam String reason,
      @RequestParam(defaultValue = "") String list,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.ARRIVAL_DECIDE);
    if (isNone(reason)) {
      sayWhy(reason, redirect);
      redirect.addAttribute("list", list);
      redirect.addAttribute("arrival", Several.of(arrival, words));
      return "redirect:/arrivals/several/dismiss";
    }
    return severalDone(
        redirect,
        list,
        "arrivals.several.are-dismissed",
        each(DISMISS, arrival, one -> arrivals.dismiss(one, reason.strip())));
  }

  /** With how many it was done, and with which not. */
  private record Done(int number, List<LeftOut> leftOut) {}

  private Done each(String deed, List<Long> chosen, LongPredicate does) {
    int done = 0;
    List<LeftOut> leftOut = new ArrayList<>();
    for (long one : Several.of(chosen, words)) {
      try {
        if (does.test(one)) {
          done++;
        } else {
          leftOut.add(leftOut(one, deed));
        }
      } catch (RefusedException e) {
        leftOut.add(LeftOut.of(one, e));
      }
    }
    return new Done(done, leftOut);
  }

  private String severalDone(RedirectAttributes redirect, String list, String key, Done done) {
    if (done.number() > 0) {
      redirect.addFlashAttribute("done", words.of(key, done.number()));
    }
    redirect.addFlashAttribute("leftOut", done.leftOut());
    return "redirect:" + Several.from(ARRIVALS, list);
  }

  private LeftOut leftOut(long arrival, String deed) {
    return arrivals
        .find(arrival)
        .map(found -> new LeftOut(arrival, why(cannot(deed), found), null))
        .orElseGet(() -> LeftOut.of(arrival, new NotThereException("arrival", arrival)));
  }

  private static String cannot(String deed) {
    return deed.equals(RETRY) ? "arrivals.deed.cannot-retry" : "arrivals.deed.cannot-dismiss";
  }

  private static boolean isNone(String reason) {
    return reason.isBlank() || reason.length() > MAX_REASON;
  }

  private void sayWhy(String reason, RedirectAttributes redirect) {
    redirect.addFlashAttribute("problem", words.of("arrivals.deed.say-why", MAX_REASON));
    redirect.addFlashAttribute("reason", reason);
  }

  private Shown find(long arrival) {
    return arrivals.find(arrival).orElseThrow(() -> new NotThereException("arrival", arrival));
  }

  private PageProblem cannot(String key, long arrival) {
    return PageProblem.refused(why(key, find(arrival)));
  }

  private String why(String key, Shown arrival) {
    return words.of(
        key,
        Long.toString(arrival.arrival()),
        words.word("layout.state.", arrival.state().toLowerCase(Locale.ROOT)));
  }
}
