package dev.muster.api;

import dev.muster.access.NotThereException;
import dev.muster.http.ExportDownload;
import dev.muster.manifest.Rejected;
import dev.muster.revocation.AppliedLists;
import dev.muster.revocation.AppliedLists.Line;
import dev.muster.revocation.AppliedLists.ReportFile;
import dev.muster.revocation.ListApprovals;
import dev.muster.revocation.ListApprovals.Begun;
import dev.muster.revocation.ListEffect;
import dev.muster.revocation.RevocationList;
import dev.muster.revocation.RevocationRuns.Undone;
import dev.muster.status.StatusVerdict;
import dev.muster.upload.Uploads;
import dev.muster.upload.Uploads.Sent;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

@Api
@Tag(
    name = "Revocation lists",
    description = "Lists that take devices out of service or bring them back.")
class RevocationListsApi {

  private final AppliedLists lists;
  private final ListApprovals approvals;
  private final Uploads uploads;

  RevocationListsApi(AppliedLists lists, ListApprovals approvals, Uploads uploads) {
    this.lists = lists;
    this.approvals = approvals;
    this.uploads = uploads;
  }

  record ListFile(String name, long bytes) {}

  record ListDetail(
      int id,
      String name,
      @Nullable String factory,
      String actor,
      String sha256,
      long rows,
      List<String> warnings,
      Instant receivedAt,
      @Nullable ListEffect effect,
      boolean held,
      @Nullable String approvedBy,
      @Nullable String undoAskedBy,
      @Nullable String undoneBy,
      @Nullable Instant appliedAt,
      Map<StatusVerdict, Map<String, Long>> counts,
      Map<String, Long> rejectedByCode,
      long waiting,
      @Nullable Instant nextEntryAt,
      long unconfirmed,
      @Nullable Long arrival,
      List<Long> executions,
      List<ListFile> files) {

    static ListDetail of(AppliedLists.Detail detail) {
      RevocationList list = detail.list();
      return new ListDetail(
          list.id(),
          list.name(),
          list.factory(),
          list.actor(),
          list.sha256(),
          list.rows(),
          list.warnings(),
          list.receivedAt(),
          list.effect(),
          list.waitsForApproval(),
          list.approvedBy(),
          list.undoAskedBy(),
          list.undoneBy(),
          list.appliedAt(),
          detail.counts(),
          detail.rejectsByCode(),
          detail.waiting(),
          detail.nextEntryAt(),
          detail.unconfirmed(),
          detail.arrival(),
          detail.executions(),
          detail.files().stream().map(file -> new ListFile(file.name(), file.bytes())).toList());
    }
  }

  @GetMapping("/api/revocation-lists")
  @Operation(summary = "Revocation lists, newest first")
  @Problems(400)
  ResponseEntity<Listed<Line>> list(
      @RequestParam(required = false) @Nullable String factory,
      @Parameter(description = "Part of it.") @RequestParam(required = false) @Nullable String name,
      @RequestParam(required = false) @Nullable Boolean applied,
      @Parameter(description = "Whether it waits for a second person.")
          @RequestParam(required = false)
          @Nullable Boolean held,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    return Listed.of(
        lists.page(
            new AppliedLists.Filter(factory, name, applied, held),
            Cursor.smallNumber(cursor),
            limit + 1),
        limit,
        Line::id);
  }

  @GetMapping("/api/revocation-lists/export.{format:csv|jsonl}")
  @Operation(summary = "All revocation lists that are meant, as a file")
  @ApiResponse(responseCode = "200", ref = "Export")
  @Problems(400)
  void export(
      @RequestParam(required = false) @Nullable String factory,
      @Parameter(description = "Part of it.") @RequestParam(required = false) @Nullable String name,
      @RequestParam(required = false) @Nullable Boolean applied,
      @Parameter(description = "Whether it waits for a second person.")
          @RequestParam(required = false)
          @Nullable Boolean held,
      @PathVariable String format,
      HttpServletResponse response)
      throws IOException {
    AppliedLists.Filter filter = new AppliedLists.Filter(factory, name, applied, held);
    ExportDownload.send("revocation-lists", lists.all(filter), format, response);
  }

  @GetMapping("/api/revocation-lists/{id}")
  @Operation(summary = "A revocation list, and what became of its entries")
  @Problems(404)
  ListDetail get(@PathVariable int id) {
    return lists
        .one(id)
        .map(ListDetail::of)
        .orElseThrow(() -> new NotThereException("revocation list", id));
  }

  @PostMapping("/api/revocation-lists/{id}/approve")
  @Operation(
      summary = "Approves a list that is held, as the second person",
      description = "It is applied now. Whoever sent it can't approve it.")
  @ApiResponse(responseCode = "202", description = "It is being applied; Location says where")
  @Problems(409)
  ResponseEntity<Begun> approve(@PathVariable int id) {
    return Accepted.at("/api/revocation-lists/" + id, approvals.approve(id));
  }

  @PostMapping("/api/revocation-lists/{id}/undo")
  @Operation(
      summary = "Brings back just what a list took out of service and nobody has touched since",
      description =
          "Also forgets its entries whose time has not come. More than the ceiling come back when a"
              + " second person asks for the same: until then `held` says so, and nothing is done.")
  @ApiResponse(responseCode = "200", description = "What came of it")
  @ApiResponse(responseCode = "202", description = "It goes on; ask again for what came of it")
  @Problems(409)
  ResponseEntity<Undone> undo(@PathVariable int id) {
    return approvals
        .undo(id)
        .map(ResponseEntity::ok)
        .orElseGet(() -> ResponseEntity.accepted().build());
  }

  @GetMapping("/api/revocation-lists/{id}/rejects")
  @Operation(summary = "The rows that were refused, in the order of their lines")
  @Problems(404)
  ResponseEntity<Listed<Rejected>> rejects(
      @PathVariable int id,
      @RequestParam(required = false) @Nullable String cursor,
      @RequestParam(defaultValue = Listed.USUAL) @Min(1) @Max(Listed.MOST) int limit) {
    if (lists.one(id).isEmpty()) {
      throw new NotThereException("revocation list", id);
    }
    Integer after = Cursor.smallNumber(cursor);
    return Listed.of(
        lists.rejects(id, after == null ? 0 : after, limit + 1), limit, Rejected::line);
  }

  @GetMapping("/api/revocation-lists/{id}/files/{name}")
  @Operation(summary = "A file of a list's report")
  @GivesFile
  ResponseEntity<Resource> file(@PathVariable int id, @PathVariable String name)
      throws IOException {
    ReportFile file =
        lists
            .file(id, name)
            .orElseThrow(
                () -> new NotThereException("List %d has no file of this name.".formatted(id)));
    return Downloads.of(file.list(), file.name(), file.bytes(), file.content().getInputStream());
  }

  @PutMapping("/api/revocation-lists/{factory}/{name}")
  @Operation(
      summary = "Sends a revocation list",
      description =
          "The body is the file. It waits for the nightly run unless configured otherwise; the"
              + " arrival tells what becomes of it.")
  @ApiResponse(responseCode = "202", description = "It is in the inbox; Location says where")
  @TakesFile
  ResponseEntity<Sent> send(
      @PathVariable String factory,
      @PathVariable String name,
      @RequestHeader(name = "Muster-Sha256", required = false) @Nullable String sha256,
      @RequestHeader(name = "Muster-Rows", required = false) @Nullable Long rows,
      @RequestHeader(name = "Muster-Signature", required = false) @Nullable String signature,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    Sent sent = uploads.sendList(factory, name, request.getInputStream(), sha256, rows, signature);
    return Accepted.at("/api/arrivals/" + sent.arrival(), sent);
  }
}
