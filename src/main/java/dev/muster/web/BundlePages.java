package dev.muster.web;

import dev.muster.access.NotThereException;
import dev.muster.bundle.BundleFiles.Download;
import dev.muster.bundle.Purpose;
import dev.muster.delivery.DeliveredBundle;
import dev.muster.delivery.DeliveredBundle.Line;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.delivery.DeliveredBundles.Filter;
import dev.muster.http.Attachment;
import dev.muster.language.Words;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** What factories get: tokens of new devices, renewed ones, and those of rotations and moves. */
@Page
class BundlePages {

  private final DeliveredBundles bundles;
  private final Words words;

  BundlePages(DeliveredBundles bundles, Words words) {
    this.bundles = bundles;
    this.words = words;
  }

  @GetMapping("/bundles")
  String list(
      @RequestParam(required = false) @Nullable String factory,
      @RequestParam(required = false) @Nullable Purpose purpose,
      @RequestParam(defaultValue = "false") boolean unfetched,
      @RequestParam(required = false) @Nullable Integer before,
      Model model) {
    Filter filter = new Filter(factory, purpose, null, unfetched);
    model.addAttribute("filter", filter);
    model.addAttribute("purposes", Purpose.values());
    model.addAttribute(
        "page",
        Paging.of(
            bundles.page(filter, before, Paging.ROWS + 1), line -> Integer.valueOf(line.id())));
    return "bundles";
  }

  @GetMapping("/bundles/{bundle:\\d+}")
  String one(@PathVariable int bundle, Model model) {
    model.addAttribute("bundle", find(bundle));
    return "bundle";
  }

  @GetMapping("/bundles/{bundle:\\d+}/files/{name}")
  ResponseEntity<InputStreamResource> file(
      @PathVariable int bundle, @PathVariable String name, HttpMethod method) throws IOException {
    Line line = bundles.line(bundle).orElseThrow(this::noFile);
    Download download =
        bundles.open(bundle, name, method.equals(HttpMethod.GET)).orElseThrow(this::noFile);
    return BundleDownloads.of(line.name(), download);
  }

  private PageProblem noFile() {
    return PageProblem.nothingHere(words.of("manifests.bundle.no-file"));
  }

  @GetMapping("/bundles/{bundle:\\d+}/files.tar")
  void archive(@PathVariable int bundle, HttpMethod method, HttpServletResponse response)
      throws IOException {
    DeliveredBundle found = find(bundle);
    if (found.files().isEmpty()) {
      throw PageProblem.nothingHere(words.of("manifests.bundle.all-gone"));
    }
    response.setContentType("application/x-tar");
    response.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.noStore().getHeaderValue());
    response.setHeader(
        HttpHeaders.CONTENT_DISPOSITION, Attachment.named(found.line().name() + ".tar").toString());
    if (method.equals(HttpMethod.GET)) {
      bundles.archive(bundle, response.getOutputStream());
    }
  }

  @GetMapping("/bundles/{bundle:\\d+}/confirm")
  String askConfirm(@PathVariable int bundle, Model model) {
    model.addAttribute("bundle", find(bundle));
    return "bundle-confirm";
  }

  @PostMapping("/bundles/{bundle:\\d+}/confirm")
  String confirm(@PathVariable int bundle, RedirectAttributes redirect) {
    if (!bundles.confirm(bundle)) {
      throw new NotThereException("bundle", bundle);
    }
    redirect.addFlashAttribute("done", words.of("manifests.confirm.done"));
    return "redirect:/bundles/" + bundle;
  }

  private DeliveredBundle find(int bundle) {
    return bundles.find(bundle).orElseThrow(() -> new NotThereException("bundle", bundle));
  }
}
