package dev.muster.web;

import dev.muster.access.AuditLog.Entry;
import dev.muster.access.AuditLog.Outcome;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.audit.AuditTrail;
import dev.muster.audit.AuditTrail.Filter;
import dev.muster.audit.AuditTrail.Numbered;
import dev.muster.bundle.RejectsReport;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import tools.jackson.databind.json.JsonMapper;

/** Who did what, when and from where; also to take away as a file. */
@Page
class AuditPages {

  private static final int A_PAGE = 100;

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final AuditTrail audit;
  private final JsonMapper json;
  private final Clock clock;

  AuditPages(AuditTrail audit, JsonMapper json, Clock clock) {
    this.audit = audit;
    this.json = json;
    this.clock = clock;
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

    /** Whether anything was. */
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
      Instant begin = instant(text(from), 0, problems);
      Instant end = instant(text(until), 1, problems);
      if (begin != null && end != null && !begin.isBefore(end)) {
        problems.add("Until lies before from: nothing can be between them.");
      }
      return new Filter(
          actor,
          action,
          subject,
          Arrays.stream(Outcome.values())
              .filter(one -> one.name().equals(outcome))
              .findFirst()
              .orElse(null),
          begin,
          end);
    }

    private static @Nullable Instant instant(String text, int days, List<String> problems) {
      if (text.isEmpty()) {
        return null;
      }
      try {
        return LocalDate.parse(text).plusDays(days).atStartOfDay().toInstant(ZoneOffset.UTC);
      } catch (DateTimeException noDate) {
        try {
          return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException noTime) {
          problems.add(
              "'%s' is no time: give a date such as 2026-11-25, or 2026-11-25T16:00."
                  .formatted(text));
          return null;
        }
      }
    }
  }

  @GetMapping("/audit")
  String page(Typed typed, @RequestParam @Nullable Long before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    List<Numbered> page = problems.isEmpty() ? audit.page(filter, before, A_PAGE + 1) : List.of();
    boolean more = page.size() > A_PAGE;
    model.addAttribute("typed", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("outcomes", Outcome.values());
    model.addAttribute("entries", more ? page.subList(0, A_PAGE) : page);
    model.addAttribute("next", more ? page.get(A_PAGE - 1).number() : null);
    model.addAttribute("first", before == null);
    return "audit";
  }

  @GetMapping("/audit/export.csv")
  ResponseEntity<StreamingResponseBody> csv(Typed typed) {
    return export(
        typed,
        "csv",
        MediaType.parseMediaType("text/csv;charset=utf-8"),
        "entry,at,actor,account,origin,factory,action,subject,outcome,problem\r\n",
        AuditPages::csv);
  }

  @GetMapping("/audit/export.jsonl")
  ResponseEntity<StreamingResponseBody> jsonLines(Typed typed) {
    return export(
        typed,
        "jsonl",
        MediaType.parseMediaType("application/jsonl"),
        "",
        entry -> json.writeValueAsString(fields(entry)) + "\n");
  }

  private interface Row {
    String of(Numbered entry);
  }

  private ResponseEntity<StreamingResponseBody> export(
      Typed typed, String extension, MediaType type, String head, Row row) {
    Callers.mustMay(Permission.AUDIT_READ);
    Caller caller = Callers.current();
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    if (!problems.isEmpty()) {
      throw new RefusedException(problems.get(0));
    }
    // What can't be looked for is said before the file begins.
    List<Numbered> unused = audit.page(filter, null, 1);
    StreamingResponseBody body =
        out -> {
          Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          writer.write(head);
          // Another thread writes it.
          Callers.run(caller, () -> audit.forEach(filter, writing(writer, row)));
          writer.flush();
        };
    return ResponseEntity.ok()
        .contentType(type)
        .cacheControl(CacheControl.noStore())
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            ContentDisposition.attachment()
                .filename("audit-%s.%s".formatted(FILE_TIME.format(clock.instant()), extension))
                .build()
                .toString())
        .body(body);
  }

  private static Consumer<Numbered> writing(Writer writer, Row row) {
    return entry -> {
      try {
        writer.write(row.of(entry));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static Map<String, @Nullable Object> fields(Numbered numbered) {
    Entry entry = numbered.entry();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("entry", numbered.number());
    fields.put("at", entry.at().toString());
    fields.put("actor", entry.actor());
    fields.put("account", entry.account());
    fields.put("origin", entry.origin());
    fields.put("factory", entry.factory());
    fields.put("action", entry.action());
    fields.put("subject", entry.subject());
    fields.put("outcome", entry.outcome().name());
    fields.put("problem", entry.problem());
    return fields;
  }

  private static String csv(Numbered entry) {
    List<String> cells = new ArrayList<>();
    for (@Nullable Object value : fields(entry).values()) {
      cells.add(cell(value == null ? "" : value.toString()));
    }
    return String.join(",", cells) + "\r\n";
  }

  private static String cell(String value) {
    String text = RejectsReport.safe(value);
    return text.matches("(?s).*[\",'].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
