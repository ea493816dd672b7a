package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.bundle.BundleFiles.Download;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import dev.muster.manifest.RejectCode;
import dev.muster.provisioning.OwnManifests;
import dev.muster.provisioning.SentManifest;
import dev.muster.provisioning.SentManifest.Line;
import dev.muster.provisioning.SentManifest.State;
import dev.muster.provisioning.SentManifests;
import dev.muster.provisioning.SentManifests.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Manifests that were received, and what came of each. */
@Page
class ManifestPages {

  private final SentManifests manifests;
  private final OwnManifests own;
  private final Words words;

  ManifestPages(SentManifests manifests, OwnManifests own, Words words) {
    this.manifests = manifests;
    this.own = own;
    this.words = words;
  }

  record Typed(
      @Nullable String factory,
      @Nullable String name,
      @Nullable String sha256,
      @Nullable State state,
      @Nullable String from,
      @Nullable String until) {

    private Filter filter(List<String> problems) {
      return new Filter(factory, name, sha256, state, Typing.period(from, until, problems));
    }
  }

  @GetMapping("/manifests")
  String list(Typed typed, @RequestParam(required = false) @Nullable Integer before, Model model) {
    List<String> problems = new ArrayList<>();
    Filter filter = typed.filter(problems);
    model.addAttribute("filter", typed);
    model.addAttribute("problems", problems);
    model.addAttribute("states", State.values());
    model.addAttribute(
        "page",
        Paging.of(
            problems.isEmpty() ? manifests.page(filter, before, Paging.ROWS + 1) : List.of(),
            line -> Integer.valueOf(line.id())));
    return "manifests";
  }

  @GetMapping("/manifests/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send(
        "manifests", manifests.all(Typing.understood(typed::filter)), format, response);
  }

  @GetMapping("/manifests/{manifest:\\d+}")
  String one(
      @PathVariable int manifest,
      @RequestParam(required = false) @Nullable RejectCode code,
      @RequestParam(defaultValue = "0") long after,
      Model model) {
    SentManifest found =
        manifests.find(manifest).orElseThrow(() -> new NotThereException("manifest", manifest));
    model.addAttribute("manifest", found);
    model.addAttribute("line", found.line());
    model.addAttribute(
        "withdrawable",
        Callers.current().may(Permission.MANIFEST_SEND) && own.withdrawable(manifest));
    model.addAttribute("code", code);
    model.addAttribute(
        "rejects",
        Paging.of(
            manifests.rejects(manifest, after, Paging.ROWS + 1, code),
            reject -> Long.valueOf(reject.line())));
    return "manifest";
  }

  @PostMapping("/manifests/{manifest:\\d+}/withdraw")
  String withdraw(@PathVariable int manifest, RedirectAttributes redirect) throws Exception {
    try {
      redirect.addFlashAttribute(
          "done", words.of("manifests.manifest.withdrawn", own.withdraw(manifest)));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
    }
    return "redirect:/manifests/" + manifest;
  }

  @GetMapping("/manifests/{manifest:\\d+}/files/{name}")
  ResponseEntity<InputStreamResource> file(
      @PathVariable int manifest, @PathVariable String name, HttpMethod method) throws IOException {
    Line line = manifests.line(manifest).orElseThrow(this::noFile);
    Download download =
        manifests.open(manifest, name, method.equals(HttpMethod.GET)).orElseThrow(this::noFile);
    return BundleDownloads.of(line.name(), download);
  }

  private PageProblem noFile() {
    return PageProblem.nothingHere(words.of("manifests.manifest.no-file"));
  }
}
