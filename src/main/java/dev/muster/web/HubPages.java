package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.language.Words;
import dev.muster.publisher.BackgroundReconciliation;
import dev.muster.publisher.HubView;
import dev.muster.publisher.Publishers;
import dev.muster.publisher.Reconciliation;
import dev.muster.publisher.ReconciliationReport;
import dev.muster.publisher.ReconciliationReport.HubReconciled;
import dev.muster.renewal.BackgroundRotations;
import dev.muster.renewal.KeyRotation;
import dev.muster.renewal.KeyRotationRuns;
import dev.muster.renewal.RotationStatus;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Hubs: how they stand, comparing and telling them, rotating their keys. */
@Page
class HubPages {

  private final Publishers publishers;
  private final KeyRotationRuns rotations;
  private final Reconciliation reconciliation;
  private final BackgroundRotations backgroundRotations;
  private final BackgroundReconciliation backgroundReconciliation;
  private final Words words;

  HubPages(
      Publishers publishers,
      KeyRotationRuns rotations,
      Reconciliation reconciliation,
      BackgroundRotations backgroundRotations,
      BackgroundReconciliation backgroundReconciliation,
      Words words) {
    this.publishers = publishers;
    this.rotations = rotations;
    this.reconciliation = reconciliation;
    this.backgroundRotations = backgroundRotations;
    this.backgroundReconciliation = backgroundReconciliation;
    this.words = words;
  }

  @GetMapping("/hubs")
  String all(Model model) {
    List<HubView> hubs = publishers.hubs();
    Map<String, KeyRotation> underWay =
        rotations.underWay().stream()
            .collect(Collectors.toMap(KeyRotation::hub, Function.identity()));
    model.addAttribute("hubs", hubs);
    model.addAttribute("rotations", underWay);
    model.addAttribute("devices", hubs.stream().mapToLong(HubView::devices).sum());
    return "hubs";
  }

  @GetMapping("/hubs/{name}")
  String one(@PathVariable String name, Model model) throws IOException {
    HubView hub = publishers.hub(name);
    model.addAttribute("hub", hub);
    KeyRotation rotation = hub.namespace() == null ? null : rotations.last(name).orElse(null);
    model.addAttribute("rotation", rotation);
    Optional<ReconciliationReport> report = reconciliation.last();
    model.addAttribute(
        "compared",
        report
            .flatMap(last -> last.hubs().stream().filter(one -> one.hub().equals(name)).findFirst())
            .map(one -> new Compared(report.get(), one))
            .orElse(null));
    return "hub";
  }

  record Compared(ReconciliationReport report, HubReconciled hub) {}

  @GetMapping("/hubs/{name}/rotation")
  String rotation(@PathVariable String name, Model model) {
    model.addAttribute("hub", publishers.hub(name));
    RotationStatus status = rotations.status(name);
    model.addAttribute("status", status);
    model.addAttribute(
        "bundlesUnderWay",
        status.factories().stream().mapToLong(RotationStatus.FactoryShare::bundlesUnderWay).sum());
    return "hub-rotation";
  }

  @GetMapping("/hubs/{name}/rotate")
  String askRotate(@PathVariable String name, Model model) {
    Callers.mustMay(Permission.KEY_ROTATE);
    HubView hub = publishers.hub(name);
    model.addAttribute("hub", hub);
    model.addAttribute(
        "underWay", rotations.last(name).filter(last -> last.doneAt() == null).orElse(null));
    return "hub-rotate";
  }

  @PostMapping("/hubs/{name}/rotate")
  String rotate(
      @PathVariable String name,
      @RequestParam(defaultValue = "false") boolean compromised,
      @RequestParam(required = false) @Nullable Integer days,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.KEY_ROTATE);
    return act(
        name,
        redirect,
        () ->
            words.of(
                backgroundRotations.rotate(name, compromised, Typing.days(days))
                    ? "hubs.rotate.made"
                    : "hubs.rotate.making"),
        "rotation");
  }

  @GetMapping("/hubs/{name}/confirm")
  String askConfirm(
      @PathVariable String name, @RequestParam @Nullable String factory, Model model) {
    Callers.mustMay(Permission.KEY_ROTATE);
    model.addAttribute("hub", publishers.hub(name));
    model.addAttribute("factory", Typing.given(factory));
    return "hub-confirm";
  }

  @PostMapping("/hubs/{name}/confirm")
  String confirm(
      @PathVariable String name,
      @RequestParam @Nullable String factory,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.KEY_ROTATE);
    String whose = Typing.given(factory);
    return act(
        name,
        redirect,
        () -> {
          var unused = rotations.confirm(name, whose);
          return whose == null
              ? words.of("hubs.confirm.all-confirmed")
              : words.of("hubs.confirm.confirmed", whose);
        },
        "rotation");
  }

  @GetMapping("/hubs/{name}/done")
  String askDone(@PathVariable String name, Model model) {
    Callers.mustMay(Permission.KEY_ROTATE);
    RotationStatus status = rotations.status(name);
    if (status.doneAt() != null) {
      throw PageProblem.refused(words.of("hubs.done.not-rotating", name));
    }
    model.addAttribute("hub", publishers.hub(name));
    model.addAttribute("status", status);
    return "hub-done";
  }

  @PostMapping("/hubs/{name}/done")
  String done(
      @PathVariable String name,
      @RequestParam(defaultValue = "false") boolean force,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.KEY_ROTATE);
    return act(
        name,
        redirect,
        () -> {
          var unused = rotations.done(name, force);
          return words.of("hubs.done.is-done");
        },
        "rotation");
  }

  @GetMapping("/hubs/{name}/{deed:compare|tell}")
  String ask(@PathVariable String name, @PathVariable String deed, Model model) {
    Callers.mustMay(Permission.HUB_REPAIR);
    model.addAttribute("hub", publishers.hub(name));
    return "hub-" + deed;
  }

  @PostMapping("/hubs/{name}/compare")
  String compare(
      @PathVariable String name,
      @RequestParam(defaultValue = "false") boolean repair,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.HUB_REPAIR);
    return act(
        name,
        redirect,
        () ->
            words.of(
                backgroundReconciliation.reconcile(name, repair)
                    ? "hubs.compare.compared"
                    : "hubs.compare.comparing"),
        "");
  }

  @PostMapping("/hubs/{name}/tell")
  String tell(@PathVariable String name, RedirectAttributes redirect) {
    Callers.mustMay(Permission.HUB_REPAIR);
    return act(
        name,
        redirect,
        () -> {
          publishers.tellNow(name);
          return words.of("hubs.tell.told");
        },
        "");
  }

  private interface Action {
    String run();
  }

  /** Does something, and shows the hub again with what came of it. */
  private String act(String name, RedirectAttributes redirect, Action action, String page) {
    HubView hub = publishers.hub(name);
    String shown = page;
    try {
      redirect.addFlashAttribute("done", action.run());
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      shown =
          !page.isEmpty() && rotations.last(name).filter(last -> last.doneAt() == null).isPresent()
              ? page
              : "";
    }
    return "redirect:/hubs/" + hub.hub() + (shown.isEmpty() ? "" : "/" + shown);
  }
}
