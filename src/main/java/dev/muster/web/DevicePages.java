package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotThereException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.export.Export.Part;
import dev.muster.http.ExportDownload;
import dev.muster.language.Words;
import dev.muster.manifest.Guid;
import dev.muster.publisher.Publishers;
import dev.muster.registry.DeviceFacts;
import dev.muster.registry.DeviceFacts.RefusedExchange;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Attribute;
import dev.muster.registry.DeviceSearch.Order;
import dev.muster.registry.DeviceSearch.Seen;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.renewal.ReassignRuns;
import dev.muster.seen.SeenBy;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusAction;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.Deed;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Finds devices, shows one with its history, takes it out of service and brings it back. */
@Page
class DevicePages {

  private static final int A_PAGE = 50;

  /** The beginning of keys, for each {@link StatusAction}. */
  private static final String DONE = "devices.changed.";

  /** A button's value that moves devices to the hub whose name follows. */
  private static final String TO = "move-to:";

  private final KnownDevices devices;
  private final DevicesInService inService;
  private final Publishers publishers;
  private final CheckedUploads uploads;
  private final ReassignRuns reassignRuns;
  private final Words words;

  DevicePages(
      KnownDevices devices,
      DevicesInService inService,
      Publishers publishers,
      CheckedUploads uploads,
      ReassignRuns reassignRuns,
      Words words) {
    this.devices = devices;
    this.inService = inService;
    this.publishers = publishers;
    this.uploads = uploads;
    this.reassignRuns = reassignRuns;
    this.words = words;
  }

  record Typed(
      @Nullable String id,
      @Nullable String serial,
      @Nullable String manifest,
      @Nullable String bundle,
      @Nullable String building,
      @Nullable String room,
      @Nullable Standing standing,
      @Nullable String factory,
      @Nullable String model,
      @Nullable String gateway,
      @Nullable String hub,
      @Nullable String attribute,
      @Nullable String tokenFrom,
      @Nullable String tokenUntil,
      @Nullable Seen seen,
      @Nullable String seenBefore,
      @Nullable Order order) {

    public boolean any() {
      return given(id)
          || given(serial)
          || given(manifest)
          || given(bundle)
          || given(building)
          || given(room)
          || standing != null
          || given(factory)
          || given(model)
          || given(gateway)
          || given(hub)
          || given(attribute)
          || given(tokenFrom)
          || given(tokenUntil)
          || seen != null
          || given(seenBefore)
          || order != null;
    }

    /** The devices that are meant; what can't be understood is said and left out. */
    private DeviceSearch search(List<String> problems) {
      return new DeviceSearch(
          ids(id, problems),
          serial,
          number(manifest, "manifest", problems),
          number(bundle, "bundle", problems),
          building,
          room,
          standing,
          factory,
          model,
          guid(gateway, problems),
          hub,
          attribute(attribute, problems),
          Typing.period(tokenFrom, tokenUntil, problems),
          seen,
          Typing.period(seenBefore, null, problems).from(),
          order);
    }

    private static @Nullable DeviceIds ids(@Nullable String text, List<String> problems) {
      DeviceIds ids = given(text) ? DeviceIds.of(Objects.requireNonNull(text)) : null;
      if (given(text) && ids == null) {
        problems.add(DeviceIds.none(Objects.requireNonNull(text)));
      }
      return ids;
    }

    private static @Nullable Attribute attribute(@Nullable String text, List<String> problems) {
      try {
        return given(text) ? Attribute.of(Objects.requireNonNull(text)) : null;
      } catch (IllegalArgumentException e) {
        problems.add(String.valueOf(e.getMessage()));
        return null;
      }
    }

    private static @Nullable UUID guid(@Nullable String text, List<String> problems) {
      UUID guid = given(text) ? Guid.of(Objects.requireNonNull(text)) : null;
      if (given(text) && guid == null) {
        problems.add(
            "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12.".formatted(text));
      }
      return guid;
    }

    private static @Nullable Integer number(
        @Nullable String text, String of, List<String> problems) {
      try {
        return given(text) ? Integer.valueOf(Objects.requireNonNull(text).strip()) : null;
      } catch (NumberFormatException e) {
        problems.add("'%s' is no %s's number; the list of %2$ss shows them.".formatted(text, of));
        return null;
      }
    }

    private static boolean given(@Nullable String text) {
      return text != null && !text.isBlank();
    }
  }

  @GetMapping("/devices")
  String find(Typed typed, @RequestParam @Nullable String after, Model model) {
    List<String> problems = new ArrayList<>();
    DeviceSearch search = typed.search(problems);
    if (search.id() != null
        && search.id().single()
        && devices.one(search.id().first()).isPresent()) {
      return "redirect:/devices/" + search.id().first();
    }
    Part<KnownDevice, String> part =
        problems.isEmpty() ? find(search, after) : new Part<>(List.of(), null);
    model.addAttribute("typed", typed);
    model.addAttribute("standings", Standing.values());
    model.addAttribute("orders", Order.values());
    model.addAttribute("seen", Seen.values());
    model.addAttribute("problems", problems);
    model.addAttribute("devices", part.rows());
    model.addAttribute("more", part.next() == null ? null : Paging.address("after", part.next()));
    model.addAttribute("beginning", after == null ? null : Paging.address("after", null));
    model.addAttribute("total", after == null ? total(search, part) : null);
    model.addAttribute(
        "change",
        problems.isEmpty() && !search.all() && !part.rows().isEmpty() && mayChangeMany()
            ? Paging.query("after")
            : null);
    return "devices";
  }

  private static boolean mayChangeMany() {
    Caller caller = Callers.current();
    return caller.may(Permission.DEVICE_DISABLE) || caller.may(Permission.LIST_SEND);
  }

  @GetMapping("/devices/change")
  String change(Typed typed, @RequestParam(defaultValue = "false") boolean behind, Model model) {
    model.addAttribute("actions", uploads.actions());
    DeviceSearch search = Typing.understood(typed::search);
    model.addAttribute(
        "apart",
        Callers.current().mayEverywhere(Deed.MOVE.permission()) ? reassignRuns.apart() : null);
    model.addAttribute("which", search.words());
    model.addAttribute("total", devices.total(search));
    if (!model.containsAttribute("behind")) { // as it was sent, when it was refused
      model.addAttribute("behind", behind);
    }
    model.addAttribute("query", Paging.query("behind"));
    return "devices-change";
  }

  @PostMapping("/devices/change")
  String change(
      Typed typed,
      @RequestParam String action,
      @RequestParam String reason,
      @RequestParam(defaultValue = "false") boolean behind,
      RedirectAttributes redirect) {
    String hub = action.startsWith(TO) ? action.substring(TO.length()) : null;
    Deed what =
        uploads.actions().stream()
            .filter(one -> one.word().equals(hub == null ? action : Deed.MOVE.word()))
            .findFirst()
            .orElseThrow(() -> PageProblem.refused(words.of("devices.problem.say-what")));
    try {
      return "redirect:/revocations/send/"
          + uploads.checkChosen(Typing.understood(typed::search), what, reason, behind, hub);
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      redirect.addFlashAttribute("reason", reason);
      redirect.addFlashAttribute("behind", behind);
      return "redirect:/devices/change" + Paging.query();
    }
  }

  @GetMapping("/devices/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    ExportDownload.send("devices", devices.all(Typing.understood(typed::search)), format, response);
  }

  private @Nullable Long total(DeviceSearch search, Part<KnownDevice, String> first) {
    return first.next() == null ? Long.valueOf(first.rows().size()) : devices.total(search);
  }

  private Part<KnownDevice, String> find(DeviceSearch search, @Nullable String after) {
    try {
      return devices.find(search, after, A_PAGE);
    } catch (IllegalArgumentException e) {
      throw PageProblem.nothingHere(words.of("devices.problem.no-such-place"));
    }
  }

  @GetMapping("/devices/{id}")
  String one(@PathVariable String id, Model model) {
    DeviceFacts facts = facts(id);
    model.addAttribute("facts", facts);
    model.addAttribute("device", facts.device());
    model.addAttribute(
        "seen", Arrays.stream(SeenBy.values()).collect(Collectors.toMap(one -> one, this::seenBy)));
    model.addAttribute(
        "refusals",
        facts.refused().stream()
            .map(RefusedExchange::reason)
            .distinct()
            .collect(
                Collectors.toMap(
                    reason -> reason, reason -> words.word("devices.refusal.", reason))));
    model.addAttribute(
        "cannot", // be told
        facts.untold().isEmpty() || !Callers.current().may(Permission.HUB_READ)
            ? Map.of()
            : publishers.untellable());
    model.addAttribute("history", devices.history(facts.device().id()));
    model.addAttribute("actions", actions(facts.device()));
    return "device";
  }

  @GetMapping("/devices/{id}/{action:disable|enable|revoke|restore|retire}")
  String confirm(@PathVariable String id, @PathVariable String action, Model model) {
    StatusAction what = StatusAction.of(action);
    Callers.mustMay(what.permission());
    DeviceFacts facts = facts(id);
    if (!actions(facts.device()).contains(what)) {
      throw new RefusedException(
          "Device %s is %s; there is nothing to %s."
              .formatted(facts.device().id(), standing(facts.device()), action));
    }
    model.addAttribute("device", facts.device());
    model.addAttribute("action", what);
    return "device-change";
  }

  @PostMapping("/devices/{id}/{action:disable|enable|revoke|restore|retire}")
  String change(
      @PathVariable String id,
      @PathVariable String action,
      @RequestParam String reason,
      RedirectAttributes redirect) {
    UUID device = mustBeGuid(id);
    try {
      switch (StatusAction.of(action)) {
        case DISABLE -> inService.disable(device, reason);
        case ENABLE -> inService.enable(device, reason);
        case REVOKE -> inService.revoke(device, reason);
        case RESTORE -> inService.restore(device, reason);
        case RETIRE -> inService.retire(device, reason);
      }
      redirect.addFlashAttribute("done", words.of(DONE + action, device));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
    }
    return "redirect:/devices/" + device;
  }

  private DeviceFacts facts(String id) {
    UUID device = mustBeGuid(id);
    return devices
        .one(device)
        .orElseThrow(() -> PageProblem.nothingHere(words.of("devices.problem.unknown", device)));
  }

  /** What can be done with it as it stands, and the caller may do. */
  private static List<StatusAction> actions(KnownDevice device) {
    List<StatusAction> actions = new ArrayList<>();
    DeviceState state = device.state();
    if (state == DeviceState.RETIRED) {
      return actions;
    }
    if (state == DeviceState.REVOKED) {
      actions.add(StatusAction.RESTORE);
    } else {
      actions.add(state == DeviceState.DISABLED ? StatusAction.ENABLE : StatusAction.DISABLE);
      actions.add(StatusAction.REVOKE);
    }
    if (device.known()) {
      actions.add(StatusAction.RETIRE);
    }
    actions.removeIf(action -> !Callers.current().may(action.permission()));
    return actions;
  }

  private String seenBy(SeenBy by) {
    return words.word("devices.seen-by.", by.name());
  }

  private static String standing(KnownDevice device) {
    DeviceState state = device.state();
    return state == null || device.inService()
        ? "in service"
        : state.name().toLowerCase(Locale.ROOT);
  }

  private static UUID mustBeGuid(String text) {
    UUID id = Guid.of(text);
    if (id == null) {
      throw new NotThereException(
          "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12.".formatted(text));
    }
    return id;
  }
}
