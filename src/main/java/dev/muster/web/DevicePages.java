package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.http.ExportDownload;
import dev.muster.manifest.Guid;
import dev.muster.publisher.HubView;
import dev.muster.publisher.Publishers;
import dev.muster.registry.DeviceFacts;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusAction;
import dev.muster.web.EveryPage.NotFoundException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
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

  private final KnownDevices devices;
  private final DevicesInService inService;
  private final Publishers publishers;

  DevicePages(KnownDevices devices, DevicesInService inService, Publishers publishers) {
    this.devices = devices;
    this.inService = inService;
    this.publishers = publishers;
  }

  /** What was typed into the search form, as it was typed. */
  record Typed(
      @Nullable String id,
      @Nullable String serial,
      @Nullable String manifest,
      @Nullable String building,
      @Nullable String room,
      @Nullable Standing standing,
      @Nullable String factory,
      @Nullable String model,
      @Nullable String gateway) {

    /** Whether anything was. */
    public boolean any() {
      return given(id)
          || given(serial)
          || given(manifest)
          || given(building)
          || given(room)
          || standing != null
          || given(factory)
          || given(model)
          || given(gateway);
    }

    /** The devices that are meant; what can't be understood is said and left out. */
    private DeviceSearch search(List<String> problems) {
      return new DeviceSearch(
          guid(id, problems),
          serial,
          number(manifest, problems),
          building,
          room,
          standing,
          factory,
          model,
          guid(gateway, problems));
    }

    private static @Nullable UUID guid(@Nullable String text, List<String> problems) {
      UUID guid = given(text) ? DevicePages.guid(Objects.requireNonNull(text)) : null;
      if (given(text) && guid == null) {
        problems.add(
            "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12.".formatted(text));
      }
      return guid;
    }

    private static @Nullable Integer number(@Nullable String text, List<String> problems) {
      try {
        return given(text) ? Integer.valueOf(Objects.requireNonNull(text).strip()) : null;
      } catch (NumberFormatException e) {
        problems.add(
            "'%s' is no manifest's number; the list of manifests shows them.".formatted(text));
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
    if (search.id() != null && devices.one(search.id()).isPresent()) {
      return "redirect:/devices/" + search.id();
    }
    KnownDevices.Page page =
        problems.isEmpty() ? find(search, after) : new KnownDevices.Page(List.of(), null);
    model.addAttribute("typed", typed);
    model.addAttribute("standings", Standing.values());
    model.addAttribute("problems", problems);
    model.addAttribute("devices", page.devices());
    model.addAttribute("next", page.next());
    model.addAttribute("first", after == null);
    return "devices";
  }

  @GetMapping("/devices/export.{format:csv|jsonl}")
  void export(Typed typed, @PathVariable String format, HttpServletResponse response)
      throws IOException {
    List<String> problems = new ArrayList<>();
    DeviceSearch search = typed.search(problems);
    if (!problems.isEmpty()) {
      throw new RefusedException(problems.get(0));
    }
    ExportDownload.send("devices", devices.all(search), format, response);
  }

  private KnownDevices.Page find(DeviceSearch search, @Nullable String after) {
    try {
      return devices.find(search, after, A_PAGE);
    } catch (IllegalArgumentException e) {
      throw new NotFoundException("This is no place in the list of devices. Search again.");
    }
  }

  @GetMapping("/devices/{id}")
  String one(@PathVariable String id, Model model) {
    DeviceFacts facts = facts(id);
    model.addAttribute("facts", facts);
    model.addAttribute("device", facts.device());
    model.addAttribute(
        "cannot", // be told
        facts.untold().isEmpty() || !Callers.current().may(Permission.HUB_READ)
            ? Map.of()
            : publishers.hubs().stream()
                .filter(hub -> hub.cannot() != null)
                .collect(Collectors.toMap(HubView::hub, hub -> String.valueOf(hub.cannot()))));
    model.addAttribute("history", devices.history(facts.device().id()));
    model.addAttribute("actions", actions(facts.device()));
    return "device";
  }

  @GetMapping("/devices/{id}/{action:disable|enable|revoke|restore}")
  String confirm(@PathVariable String id, @PathVariable String action, Model model) {
    StatusAction what = StatusAction.of(action);
    Callers.mustMay(permission(what));
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

  @PostMapping("/devices/{id}/{action:disable|enable|revoke|restore}")
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
      }
      redirect.addFlashAttribute("done", "Device %s is %s.".formatted(device, done(action)));
    } catch (RefusedException e) {
      redirect.addFlashAttribute("problem", e.sentence());
    }
    return "redirect:/devices/" + device;
  }

  private DeviceFacts facts(String id) {
    UUID device = mustBeGuid(id);
    return devices
        .one(device)
        .orElseThrow(
            () -> new NotFoundException("The registry does not know device %s.".formatted(device)));
  }

  /** What can be done with it as it stands, and the caller may do. */
  private static List<StatusAction> actions(KnownDevice device) {
    List<StatusAction> actions = new ArrayList<>();
    DeviceState state = device.state();
    if (state == DeviceState.REVOKED) {
      actions.add(StatusAction.RESTORE);
    } else {
      actions.add(state == DeviceState.DISABLED ? StatusAction.ENABLE : StatusAction.DISABLE);
      actions.add(StatusAction.REVOKE);
    }
    actions.removeIf(action -> !Callers.current().may(permission(action)));
    return actions;
  }

  private static Permission permission(StatusAction action) {
    return action == StatusAction.REVOKE || action == StatusAction.RESTORE
        ? Permission.DEVICE_REVOKE
        : Permission.DEVICE_DISABLE;
  }

  private static String done(String action) {
    return action.equals("restore") || action.equals("enable") ? "back in service" : action + "d";
  }

  private static String standing(KnownDevice device) {
    DeviceState state = device.state();
    return state == null || device.inService()
        ? "in service"
        : state.name().toLowerCase(Locale.ROOT);
  }

  private static UUID mustBeGuid(String text) {
    UUID id = guid(text);
    if (id == null) {
      throw new NotFoundException(
          "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12.".formatted(text));
    }
    return id;
  }

  /** As manifests may write it: in either case, also in braces. */
  private static @Nullable UUID guid(String text) {
    String id = text.strip();
    return Guid.of(
        id.startsWith("{") && id.endsWith("}") && id.length() > 1
            ? id.substring(1, id.length() - 1)
            : id);
  }
}
