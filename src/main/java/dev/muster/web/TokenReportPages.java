package dev.muster.web;

import dev.muster.exchange.TokenReports;
import dev.muster.exchange.TokenReports.Filter;
import dev.muster.exchange.TokenReports.Place;
import dev.muster.exchange.TokenReports.Report;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/** Devices that presented an old token; also to take away as a file. */
@Page
class TokenReportPages {

  private final TokenReports reports;
  private final Words words;

  TokenReportPages(TokenReports reports, Words words) {
    this.reports = reports;
    this.words = words;
  }

  /** What was typed into the form, as it was typed. */
  record Typed(
      @Nullable String device,
      @Nullable String factory,
      @Nullable String from,
      @Nullable String until) {

    private Filter filter(List<String> problems) {
      return new Filter(
          Typing.device(device, problems),
          Typing.given(factory),
          Typing.period(from, until, problems));
    }
  }

  @GetMapping("/token-reports")
  String page(Typed typed, @RequestParam @Nullable String before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    List<Report> found =
        problems.isEmpty() ? reports.page(filter, place(before), Paging.ROWS + 1) : List.of();
    model.addAttribute("typed", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("page", Paging.of(found, Report::place));
    return "token-reports";
  }

  private @Nullable Place place(@Nullable String before) {
    try {
      return before == null ? null : Place.of(before);
    } catch (IllegalArgumentException e) {
      throw PageProblem.nothingHere(words.of("devices.problem.no-such-place"));
    }
  }

  @GetMapping("/token-reports/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send(
        "token-reports", reports.all(Typing.understood(typed::filter)), format, response);
  }
}
