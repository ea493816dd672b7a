package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.denylist.BackgroundDenyList;
import dev.muster.denylist.DenyList;
import dev.muster.http.Attachment;
import dev.muster.language.Words;
import java.io.IOException;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** The deny list: where it is published, its files, and a new snapshot of them. */
@Page
class DenyListPages {

  private final DenyList denyList;
  private final BackgroundDenyList background;
  private final Words words;

  DenyListPages(DenyList denyList, BackgroundDenyList background, Words words) {
    this.denyList = denyList;
    this.background = background;
    this.words = words;
  }

  @GetMapping("/deny-list")
  String state(Model model) throws Exception {
    model.addAttribute("list", denyList.state());
    return "deny-list";
  }

  @GetMapping("/deny-list/files/{name}")
  ResponseEntity<InputStreamResource> file(@PathVariable String name) throws IOException {
    DenyList.Download file = denyList.open(name);
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .contentLength(file.bytes())
        .header(HttpHeaders.CONTENT_DISPOSITION, Attachment.named(file.name()).toString())
        .body(new InputStreamResource(file.content()));
  }

  @GetMapping("/deny-list/snapshot")
  String ask(Model model) throws Exception {
    Callers.mustMay(Permission.HUB_REPAIR);
    model.addAttribute("list", denyList.state());
    return "deny-list-snapshot";
  }

  @PostMapping("/deny-list/snapshot")
  String snapshot(RedirectAttributes redirect) {
    Callers.mustMay(Permission.HUB_REPAIR);
    try {
      redirect.addFlashAttribute(
          "done",
          words.of(
              background.snapshot()
                  ? "revocations.deny-list.published"
                  : "revocations.deny-list.publishing"));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
    }
    return "redirect:/deny-list";
  }
}
