package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import dev.muster.registry.ServiceRecord;
import dev.muster.registry.ServiceRecords;
import dev.muster.registry.ServiceRecords.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** What was done to devices where they are; also to take away as a file. */
@Page
class ServiceRecordPages {

  private final ServiceRecords records;
  private final Words words;

  ServiceRecordPages(ServiceRecords records, Words words) {
    this.records = records;
    this.words = words;
  }

  /** What was typed into the form, as it was typed. */
  record Typed(
      @Nullable String device,
      @Nullable Boolean mine,
      @Nullable Boolean installed,
      @Nullable String from,
      @Nullable String until) {

    private Filter filter(List<String> problems) {
      return new Filter(
          Typing.device(device, problems),
          Boolean.TRUE.equals(mine),
          installed,
          Typing.period(from, until, problems));
    }
  }

  @GetMapping("/service-records")
  String page(Typed typed, @RequestParam @Nullable Long before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    List<ServiceRecord> found =
        problems.isEmpty() ? records.page(filter, before, Paging.ROWS + 1) : List.of();
    model.addAttribute("typed", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("page", Paging.of(found, ServiceRecord::number));
    return "service-records";
  }

  @GetMapping("/service-records/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send(
        "service-records", records.all(Typing.understood(typed::filter)), format, response);
  }

  @PostMapping("/devices/{id}/service")
  String add(
      @PathVariable UUID id,
      @RequestParam String what,
      @RequestParam(required = false) @Nullable String note,
      @RequestParam(required = false) @Nullable String at,
      RedirectAttributes redirect) {
    try {
      ServiceRecord done = records.add(id, what, note, Typing.time(at));
      redirect.addFlashAttribute("done", words.of("devices.service.kept", done.what()));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
    }
    return "redirect:/devices/" + id;
  }
}
