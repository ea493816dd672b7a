package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.arrival.ArrivalKind;
import dev.muster.language.Words;
import dev.muster.manifest.Updates;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Sending a manifest: first what would become of it, then it itself. */
@Page
class UploadPages {

  private static final int SIGNATURE_BYTES = 64;
  private static final int MAX_SIGNATURE_FILE = 1024;

  private final CheckedUploads uploads;
  private final Words words;

  UploadPages(CheckedUploads uploads, Words words) {
    this.uploads = uploads;
    this.words = words;
  }

  @GetMapping("/manifests/send")
  String form(Model model) {
    model.addAttribute("factories", uploads.factories(ArrivalKind.MANIFEST));
    model.addAttribute("waiting", uploads.waiting(ArrivalKind.MANIFEST, 20));
    return "upload";
  }

  @PostMapping("/manifests/send")
  String send(
      @RequestParam String factory,
      @RequestParam MultipartFile file,
      @RequestParam(required = false) @Nullable MultipartFile signature,
      @RequestParam(required = false) @Nullable Updates updates,
      RedirectAttributes redirect)
      throws IOException {
    String name = Objects.requireNonNullElse(file.getOriginalFilename(), "");
    try (InputStream content = file.getInputStream()) {
      UUID id = uploads.checkManifest(factory, name, content, base64(signature), updates);
      return "redirect:/manifests/checked/" + id;
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      redirect.addFlashAttribute("factory", factory);
      redirect.addFlashAttribute("updates", updates);
      return "redirect:/manifests/send";
    }
  }

  @GetMapping("/manifests/checked/{upload}")
  String checked(@PathVariable UUID upload, Model model) {
    CheckedUpload found =
        uploads
            .find(upload)
            .filter(UploadPages::isManifest)
            .orElseThrow(() -> PageProblem.nothingHere(words.of("arrivals.checked.gone")));
    model.addAttribute("upload", found);
    return "checked-upload";
  }

  @PostMapping("/manifests/checked/{upload}/confirm")
  String confirm(@PathVariable UUID upload) {
    return "redirect:/arrivals/"
        + uploads.confirm(upload).arrival(); // whose page says how it stands
  }

  @PostMapping("/manifests/checked/{upload}/discard")
  String discard(@PathVariable UUID upload, RedirectAttributes redirect) throws IOException {
    uploads.discard(upload);
    redirect.addFlashAttribute("done", words.of("arrivals.checked.discarded"));
    return "redirect:/manifests";
  }

  private static boolean isManifest(CheckedUpload upload) {
    return upload.kind() == ArrivalKind.MANIFEST;
  }

  /** A signature's file holds a time and the signature in Base64; or, in the old form, 64 bytes. */
  private static @Nullable String base64(@Nullable MultipartFile file) throws IOException {
    if (file == null || file.isEmpty()) {
      return null;
    }
    if (file.getSize() > MAX_SIGNATURE_FILE) {
      throw new RefusedException("The signature's file is too large to be one.");
    }
    byte[] bytes = file.getBytes();
    return bytes.length == SIGNATURE_BYTES
        ? Base64.getEncoder().encodeToString(bytes)
        : new String(bytes, StandardCharsets.US_ASCII);
  }
}
