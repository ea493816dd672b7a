package dev.muster.web;

import dev.muster.access.AuditLog.Outcome;
import dev.muster.audit.AuditTrail;
import dev.muster.audit.AuditTrail.Filter;
import dev.muster.audit.AuditTrail.Line;
import dev.muster.export.Period;
import dev.muster.http.ExportDownload;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;

/** Who did what, when and from where; also to take away as a file. */
@Page
class AuditPages {

  private static final int A_PAGE = 100;

  private final AuditTrail audit;

  AuditPages(AuditTrail audit) {
    this.audit = audit;
  }

  /**
   * What was typed into the form, as it was typed.
   *
   * @param from a date, or a date and time, in UTC
   * @param until as {@code from}; a date is meant with all of its day
   */
  record Typed(
      @Nullable String actor,
      @Nullable String action,
      @Nullable String subject,
      @Nullable String outcome,
      @Nullable String from,
      @Nullable String until) {

    public boolean any() {
      return List.of(
              text(actor), text(action), text(subject), text(outcome), text(from), text(until))
          .stream()
          .anyMatch(text -> !text.isBlank());
    }

    private static String text(@Nullable String text) {
      return text == null ? "" : text.strip();
    }

    /** The entries that are meant; what can't be understood is said and left out. */
    private Filter filter(List<String> problems) {
      Period at = Typing.period(from, until, problems);
      return new Filter(
          actor,
          action,
          subject,
          Arrays.stream(Outcome.values())
              .filter(one -> one.name().equals(outcome))
              .findFirst()
              .orElse(null),
          at);
    }
  }

  @GetMapping("/audit")
  String page(Typed typed, @RequestParam @Nullable Long before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    var page =
        Paging.of(
            problems.isEmpty() ? audit.page(filter, before, A_PAGE + 1) : List.<Line>of(),
            A_PAGE,
            Line::number);
    model.addAttribute("typed", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("outcomes", Outcome.values());
    model.addAttribute("entries", page.rows());
    model.addAttribute("next", page.next());
    model.addAttribute("first", before == null);
    return "audit";
  }

  @GetMapping("/audit/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("audit", audit.all(Typing.understood(typed::filter)), format, response);
  }
}
