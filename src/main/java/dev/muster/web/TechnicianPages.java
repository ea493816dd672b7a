package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.exchange.IssuedToken;
import dev.muster.exchange.SingleTokens;
import dev.muster.language.Words;
import dev.muster.manifest.Guid;
import dev.muster.registry.ClaimCodes;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.InstallationWords;
import dev.muster.registry.Installations;
import dev.muster.registry.Installations.Installation;
import dev.muster.registry.InstalledDevice;
import dev.muster.registry.ServiceRecord;
import dev.muster.registry.ServiceRecords;
import dev.muster.status.DeviceState;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Who installs a device: which one it is, where it hangs, and its token, which is shown once: it is
 * in the answer to the form that asked for it and nowhere else.
 */
@Page
final class TechnicianPages {

  /** Wherever it stands in what was scanned or typed: in an address, in JSON. */
  private static final Pattern GUID =
      Pattern.compile(
          "(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])");

  /** Where the technician was last, in the session: the next device often hangs there, too. */
  private static final String LAST_BUILDING = "muster.technician.building";

  private static final String LAST_ROOM = "muster.technician.room";

  private static final String SENT_BEFORE = "devices.new-token.sent-before";

  private final Installations installations;
  private final SingleTokens tokens;
  private final ServiceRecords records;
  private final ClaimCodes claims;
  private final InstallationWords installed;
  private final Words words;

  TechnicianPages(
      Installations installations,
      SingleTokens tokens,
      ServiceRecords records,
      ClaimCodes claims,
      Words words) {
    this.claims = claims;
    this.installations = installations;
    this.tokens = tokens;
    this.records = records;
    this.words = words;
    installed = new InstallationWords(words);
  }

  @GetMapping("/technician")
  String start(
      @RequestParam(required = false) @Nullable String device,
      @RequestParam(required = false) @Nullable String building,
      @RequestParam(required = false) @Nullable String room,
      HttpSession session,
      Model model) {
    model.addAttribute("longest", installations.longestName());
    model.addAttribute("device", device);
    model.addAttribute(
        "building", building == null ? session.getAttribute(LAST_BUILDING) : building);
    model.addAttribute("room", room == null ? session.getAttribute(LAST_ROOM) : room);
    model.addAttribute("today", records.installedToday());
    return "technician";
  }

  @GetMapping("/technician/device")
  String known(
      @RequestParam String device,
      @RequestParam(required = false) @Nullable String building,
      @RequestParam(required = false) @Nullable String room,
      HttpSession session,
      Model model) {
    int longest = installations.longestName();
    UUID id = deviceIn(device);
    if (id == null) {
      model.addAttribute("wrong", DeviceIds.wrong(device));
      return start(device, building, room, session, model);
    }
    Optional<InstalledDevice> known = installations.find(id);
    model.addAttribute("longest", longest);
    model.addAttribute("claim", claims.wanted(id));
    model.addAttribute("id", id);
    model.addAttribute("device", known.orElse(null));
    model.addAttribute("place", known.map(installed::place).orElse(null));
    // What was left empty stays as it is known.
    model.addAttribute(
        "building", given(building, known.map(InstalledDevice::building).orElse(null)));
    // The room that it is known in is one of the building that it is known in.
    model.addAttribute(
        "room",
        given(
            room,
            known
                .filter(one -> !differs(building, one.building()))
                .map(InstalledDevice::room)
                .orElse(null)));
    model.addAttribute(
        "moves",
        known
            .filter(one -> differs(building, one.building()) || differs(room, one.room()))
            .isPresent());
    model.addAttribute("entitled", known.map(TechnicianPages::inService).orElse(true));
    model.addAttribute(
        "lifetime", Callers.current().may(Permission.TOKEN_ISSUE) ? tokens.lifetime(id) : null);
    model.addAttribute("form", OneTimeForms.begin(session));
    return "technician-device";
  }

  /** Says where the device is, registers it when it is unknown, and asks for the next one. */
  @PostMapping("/technician/device")
  String place(
      @RequestParam UUID device,
      @RequestParam String building,
      @RequestParam String room,
      @RequestParam(required = false) @Nullable String claim,
      HttpSession session,
      RedirectAttributes redirect) {
    try {
      Installation done = installations.claimAndInstall(device, claim, building, room);
      keep(building, room, session);
      redirect.addFlashAttribute("done", installed.sentence(done));
      return "redirect:/technician";
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return back(device, building, room);
    }
  }

  private static void keep(String building, String room, HttpSession session) {
    session.setAttribute(LAST_BUILDING, building);
    session.setAttribute(LAST_ROOM, room);
  }

  /** Says what was done to a device that hangs already, and asks for the next one. */
  @PostMapping("/technician/service")
  String service(
      @RequestParam UUID device,
      @RequestParam String what,
      @RequestParam(required = false) @Nullable String note,
      @RequestParam(required = false) @Nullable String at,
      RedirectAttributes redirect) {
    try {
      ServiceRecord done = records.add(device, what, note, Typing.time(at));
      redirect.addFlashAttribute("done", words.of("technician.done.kept", device, done.what()));
      return "redirect:/technician";
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return "redirect:/technician/device?device=" + device;
    }
  }

  /** As {@link #place}, and shows the device's token. */
  @PostMapping("/technician/token")
  String token(
      @RequestParam UUID device,
      @RequestParam String building,
      @RequestParam String room,
      @RequestParam String form,
      @RequestParam(required = false) @Nullable String claim,
      HttpSession session,
      HttpServletResponse response,
      Model model,
      RedirectAttributes redirect) {
    tokens.mustBePermitted(device);
    if (!OneTimeForms.take(session, form)) {
      redirect.addFlashAttribute("problem", words.of(SENT_BEFORE));
      return back(device, building, room);
    }
    try {
      Installation done = installations.claimAndInstall(device, claim, building, room);
      keep(building, room, session);
      model.addAttribute("installed", installed.sentence(done));
      return show(tokens.issue(device), "/technician", "technician", response, model);
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return back(device, building, room);
    }
  }

  @GetMapping("/devices/{id}/token")
  String newToken(@PathVariable UUID id, HttpSession session, Model model) {
    model.addAttribute("lifetime", tokens.lifetime(id));
    InstalledDevice device =
        installations
            .find(id)
            .orElseThrow(() -> PageProblem.nothingHere(words.of("devices.problem.unknown", id)));
    model.addAttribute("id", id);
    model.addAttribute("device", device);
    model.addAttribute("entitled", inService(device));
    model.addAttribute("form", OneTimeForms.begin(session));
    return "device-token";
  }

  @PostMapping("/devices/{id}/token")
  String showNewToken(
      @PathVariable UUID id,
      @RequestParam String form,
      HttpSession session,
      HttpServletResponse response,
      Model model,
      RedirectAttributes redirect) {
    tokens.mustBePermitted(id);
    String page = "/devices/" + id;
    if (!OneTimeForms.take(session, form)) {
      redirect.addFlashAttribute("problem", words.of(SENT_BEFORE));
      return "redirect:" + page + "/token";
    }
    try {
      return show(tokens.issue(id), page, "devices", response, model);
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return "redirect:" + page + "/token";
    }
  }

  private static String show(
      IssuedToken issued, String next, String section, HttpServletResponse response, Model model) {
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setHeader(HttpHeaders.PRAGMA, "no-cache");
    model.addAttribute("issued", issued);
    model.addAttribute("address", issued.address());
    model.addAttribute("qr", QrCode.of(issued.token()));
    model.addAttribute("next", next);
    model.addAttribute("section", section);
    return "token";
  }

  private static String back(UUID device, String building, String room) {
    return "redirect:"
        + UriComponentsBuilder.fromPath("/technician/device")
            .queryParam("device", "{device}")
            .queryParam("building", "{building}")
            .queryParam("room", "{room}")
            .encode()
            .buildAndExpand(device, building, room)
            .toUriString();
  }

  private static boolean inService(InstalledDevice device) {
    return device.state() == DeviceState.REGISTERED || device.state() == DeviceState.PROVISIONED;
  }

  private static @Nullable String given(@Nullable String text, @Nullable String otherwise) {
    return text == null || text.isBlank() ? otherwise : text.strip();
  }

  private static boolean differs(@Nullable String text, @Nullable String known) {
    return known != null && text != null && !text.isBlank() && !text.strip().equals(known);
  }

  private static @Nullable UUID deviceIn(String text) {
    UUID only = Guid.of(text);
    if (only != null) {
      return only;
    }
    Matcher ids = GUID.matcher(text);
    while (ids.find()) {
      UUID id = Guid.of(ids.group());
      if (only != null && !only.equals(id)) {
        return null;
      }
      only = id;
    }
    return only;
  }
}
