package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Arrivals;
import dev.muster.http.Attachment;
import dev.muster.http.ExportDownload;
import dev.muster.language.Language;
import dev.muster.language.Words;
import dev.muster.manifest.Guid;
import dev.muster.manifest.Rejected;
import dev.muster.revocation.AppliedLists;
import dev.muster.revocation.AppliedLists.Detail;
import dev.muster.revocation.AppliedLists.Filter;
import dev.muster.revocation.AppliedLists.Line;
import dev.muster.revocation.AppliedLists.ReportFile;
import dev.muster.revocation.ListApprovals;
import dev.muster.revocation.ListApprovals.Begun;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.CheckedUploads.Confirmed;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Revocation lists: what became of them, and how one is sent, with a look at it first. */
@Page
class RevocationPages {

  private static final int ROWS = 100;

  /** What a list is called that came in no file. */
  private static final String PASTED = "pasted.csv";

  private final AppliedLists lists;
  private final ListApprovals approvals;
  private final CheckedUploads uploads;
  private final Arrivals arrivals;
  private final Words words;

  RevocationPages(
      AppliedLists lists,
      ListApprovals approvals,
      CheckedUploads uploads,
      Arrivals arrivals,
      Words words) {
    this.lists = lists;
    this.approvals = approvals;
    this.uploads = uploads;
    this.arrivals = arrivals;
    this.words = words;
  }

  @GetMapping("/revocations")
  String all(
      @RequestParam @Nullable String factory,
      @RequestParam @Nullable String name,
      @RequestParam @Nullable String state,
      @RequestParam @Nullable Integer before,
      Model model) {
    var page =
        Paging.of(lists.page(filter(factory, name, state), before, Paging.ROWS + 1), Line::id);
    model.addAttribute("lists", page.rows());
    model.addAttribute("next", page.next());
    model.addAttribute("factory", factory);
    model.addAttribute("name", name);
    model.addAttribute("state", state);
    model.addAttribute("first", before == null);
    model.addAttribute("waiting", lists.waitingForTheNight());
    model.addAttribute("held", lists.held());
    model.addAttribute("unconfirmed", unconfirmedUploads());
    return "revocations";
  }

  private static Filter filter(
      @Nullable String factory, @Nullable String name, @Nullable String state) {
    Boolean applied = "applied".equals(state) ? Boolean.TRUE : "open".equals(state) ? false : null;
    Boolean held = "held".equals(state) ? Boolean.TRUE : null;
    return new Filter(factory, name, applied, held);
  }

  @GetMapping("/revocations/export.{format:csv|jsonl}")
  void export(
      @RequestParam @Nullable String factory,
      @RequestParam @Nullable String name,
      @RequestParam @Nullable String state,
      @PathVariable String format,
      HttpServletResponse response)
      throws IOException {
    Filter filter = filter(factory, name, state);
    ExportDownload.send("revocation-lists", lists.all(filter), format, response);
  }

  private List<CheckedUpload> unconfirmedUploads() {
    return Callers.current().may(Permission.LIST_SEND)
            || Callers.current().may(Permission.DEVICE_DISABLE)
        ? uploads.waiting(ArrivalKind.REVOCATIONS, Paging.ROWS)
        : List.of();
  }

  private static boolean isList(CheckedUpload upload) {
    return upload.kind() == ArrivalKind.REVOCATIONS;
  }

  @GetMapping("/revocations/{id:\\d+}")
  String one(@PathVariable int id, @RequestParam(defaultValue = "0") int after, Model model) {
    Detail detail = detail(id);
    var rejects = Paging.of(lists.rejects(id, after, ROWS + 1), ROWS, Rejected::line);
    model.addAttribute("detail", detail);
    model.addAttribute("list", detail.list());
    Long arrival = detail.arrival();
    model.addAttribute(
        "sender",
        arrival == null || !Callers.current().may(Permission.ARRIVAL_READ)
            ? null
            : arrivals.find(arrival).map(Arrivals.Shown::sender).orElse(null));
    model.addAttribute("approving", approving());
    model.addAttribute("givingUp", givingUp(arrival));
    model.addAttribute("rejects", rejects.rows());
    model.addAttribute("next", rejects.next());
    model.addAttribute("after", after);
    model.addAttribute("entries", lists.waiting(id, ROWS));
    return "revocation";
  }

  /** Who approves a list that is held, as this reader is told it. */
  private static String approving() {
    return Callers.current().mayEverywhere(Permission.DEVICE_REVOKE)
        ? "revocations.one.not-the-sender"
        : "revocations.one.officer-approves";
  }

  /**
   * How a list that is held is given up, as this reader is told it.
   *
   * @param arrival which brought it; null: an operator did
   */
  private static String givingUp(@Nullable Long arrival) {
    Caller reader = Callers.current();
    if (!reader.mayEverywhere(Permission.LIST_READ)) {
      return "revocations.one.give-up-own";
    }
    if (arrival == null) {
      return reader.mayEverywhere(Permission.EXECUTION_CONTROL)
          ? "revocations.one.give-up-abandon"
          : "revocations.one.give-up-abandon-operator";
    }
    return reader.mayEverywhere(Permission.ARRIVAL_DECIDE)
        ? "revocations.one.give-up-dismiss"
        : "revocations.one.give-up-dismiss-operator";
  }

  @PostMapping("/revocations/{id:\\d+}/approve")
  String approve(@PathVariable int id, RedirectAttributes redirect) {
    try {
      Begun unused = approvals.approve(id);
      redirect.addFlashAttribute("done", words.of("revocations.one.is-approved"));
    } catch (RefusedException e) {
      redirect.addFlashAttribute("wrong", e.sentence());
    }
    return "redirect:/revocations/" + id;
  }

  @PostMapping("/revocations/{id:\\d+}/undo")
  String undo(@PathVariable int id, RedirectAttributes redirect) {
    try {
      redirect.addFlashAttribute(
          "done",
          approvals
              .undo(id)
              .map(
                  undone ->
                      undone.held() != null
                          ? undone.held()
                          : words.of(
                              "revocations.one.undone",
                              undone.back(),
                              undone.left(),
                              undone.waiting()))
              .orElseGet(() -> words.of("revocations.one.undoing")));
    } catch (RefusedException e) {
      redirect.addFlashAttribute("wrong", e.sentence());
    }
    return "redirect:/revocations/" + id;
  }

  @GetMapping("/revocations/{id:\\d+}/files/{name}")
  ResponseEntity<InputStreamResource> file(@PathVariable int id, @PathVariable String name)
      throws IOException {
    ReportFile file =
        lists
            .file(id, name)
            .orElseThrow(
                () ->
                    new NotThereException("This list's report has no file '%s'.".formatted(name)));
    return ResponseEntity.ok()
        .contentType(
            name.endsWith(".json")
                ? MediaType.APPLICATION_JSON
                : MediaType.parseMediaType("text/csv;charset=utf-8"))
        .contentLength(file.bytes())
        .cacheControl(CacheControl.noStore())
        .header(
            HttpHeaders.CONTENT_DISPOSITION, Attachment.named(file.list(), file.name()).toString())
        .body(new InputStreamResource(file.content().getInputStream()));
  }

  @GetMapping("/revocations/send")
  String send(Model model) {
    Callers.mustMay(Permission.LIST_SEND);
    model.addAttribute("factories", uploads.factories(ArrivalKind.REVOCATIONS));
    return "revocation-send";
  }

  @PostMapping("/revocations/send")
  String send(
      @RequestParam String factory,
      @RequestParam MultipartFile file,
      @RequestParam(defaultValue = "") String pasted,
      @RequestParam @Nullable String signature,
      Model model)
      throws IOException {
    Callers.mustMay(Permission.LIST_SEND); // before it is said what is missing
    if (file.isEmpty() == pasted.isBlank()) {
      model.addAttribute("wrong", words.of("revocations.send.one-of-both"));
    } else {
      try (InputStream content = file.isEmpty() ? list(pasted) : file.getInputStream()) {
        UUID upload =
            uploads.checkList(
                factory,
                file.isEmpty()
                    ? PASTED
                    : Objects.requireNonNullElse(file.getOriginalFilename(), ""),
                content,
                signature == null || signature.isBlank() ? null : signature.strip());
        return "redirect:/revocations/send/" + upload;
      } catch (RefusedException e) {
        model.addAttribute("wrong", e.sentence());
        model.addAttribute("wrongIn", Language.EN.tag());
      }
    }
    model.addAttribute("factories", uploads.factories(ArrivalKind.REVOCATIONS));
    model.addAttribute("chosen", factory);
    model.addAttribute("pasted", pasted);
    model.addAttribute("signature", signature);
    return "revocation-send";
  }

  /** As a file has it: of device ids alone, it says so. */
  private static InputStream list(String pasted) {
    List<String> lines = pasted.strip().lines().toList();
    String header = Guid.of(lines.get(0)) == null ? "" : "device_id\n";
    return new ByteArrayInputStream(
        (header + String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @GetMapping("/revocations/send/{id}")
  String checked(@PathVariable UUID id, Model model) {
    CheckedUpload upload =
        uploads
            .find(id)
            .filter(RevocationPages::isList)
            .orElseThrow(() -> PageProblem.nothingHere(words.of("revocations.checked.gone")));
    model.addAttribute("upload", upload);
    model.addAttribute("findings", upload.findings());
    return "revocation-checked";
  }

  @PostMapping("/revocations/send/{id}/confirm")
  String confirm(
      @PathVariable UUID id,
      @RequestParam(defaultValue = "false") boolean atOnce,
      RedirectAttributes redirect) {
    Confirmed confirmed;
    try {
      confirmed = atOnce ? uploads.confirmAtOnce(id) : uploads.confirm(id);
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return "redirect:/revocations/send/" + id;
    }
    Long arrival = confirmed.arrival();
    if (arrival == null) {
      redirect.addFlashAttribute("done", words.of("revocations.checked.changing"));
      return confirmed.execution() == null
          ? "redirect:/executions"
          : "redirect:/executions/" + confirmed.execution();
    }
    return "redirect:/arrivals/" + arrival; // whose page says how it stands
  }

  @PostMapping("/revocations/send/{id}/discard")
  String discard(@PathVariable UUID id, RedirectAttributes redirect) throws IOException {
    uploads.discard(id);
    redirect.addFlashAttribute("done", words.of("revocations.checked.discarded"));
    return "redirect:/revocations";
  }

  private Detail detail(int id) {
    return lists.one(id).orElseThrow(() -> new NotThereException("revocation list", id));
  }
}
