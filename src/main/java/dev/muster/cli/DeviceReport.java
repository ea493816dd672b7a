package dev.muster.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.muster.language.RelativeTime;
import dev.muster.language.Words;
import dev.muster.publisher.Publishers;
import dev.muster.registry.DeviceEvent;
import dev.muster.registry.DeviceFacts;
import dev.muster.registry.DeviceFacts.Untold;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.seen.SeenBy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All that is known of a device, and what happened to it, in the words of its page. */
final class DeviceReport {

  /** As the API has both. */
  private record Story(@JsonUnwrapped DeviceFacts facts, List<DeviceEvent> history) {}

  private final Output output;
  private final Words words;
  private final RelativeTime relativeTime;
  private final Publishers publishers;

  private DeviceReport(Beans beans, Output output) {
    this.output = output;
    words = beans.get(Words.class);
    relativeTime = beans.get(RelativeTime.class);
    publishers = beans.get(Publishers.class);
  }

  static int print(UUID device, Beans beans, Output output) {
    KnownDevices devices = beans.get(KnownDevices.class);
    DeviceFacts facts = devices.one(device).orElseThrow(() -> new UnknownDeviceException(device));
    List<DeviceEvent> history = devices.history(device);
    if (output.json()) {
      output.json(new Story(facts, history));
    } else {
      new DeviceReport(beans, output).print(facts, history);
    }
    return ExitCodes.OK;
  }

  private void print(DeviceFacts facts, List<DeviceEvent> history) {
    KnownDevice device = facts.device();
    Map<String, String> cannot = facts.untold().isEmpty() ? Map.of() : publishers.untellable();
    output.line(words.of("devices.device.title", device.id()));
    if (device.revoking()) {
      output.line(
          cannot.isEmpty()
              ? words.of("devices.device.revoking", facts.untold().size())
              : words.of("devices.device.nobody-tells"));
    }
    if (!device.known()) {
      output.line(words.of("devices.device.not-known"));
    }
    Facts known = new Facts().add(words.of("devices.field.state"), state(device));
    if (device.known()) {
      place(facts, known);
      token(facts, known);
      origin(facts, known);
    }
    known.print(output);
    section(
        "devices.device.unconfirmed",
        facts.untold().stream().map(hub -> untold(hub, cannot.get(hub.hub()))).toList());
    section(
        "devices.device.refused",
        facts.refused().stream()
            .map(
                refused ->
                    "%s: %s%s"
                        .formatted(
                            words.word("devices.refusal.", refused.reason()),
                            words.of("devices.device.times", refused.times()),
                            words.of("devices.device.last-time", Output.time(refused.lastAt()))))
            .toList());
    section(
        "devices.device.former-hubs",
        facts.formerHubs().stream()
            .map(
                hub ->
                    words.of(
                        "devices.device.former-hub",
                        hub.hub(),
                        Output.time(hub.leftAt()),
                        Output.time(hub.tokenExpiresAt())))
            .toList());
    output.line("");
    output.line(words.of("devices.device.history"));
    history.forEach(this::print);
    if (history.isEmpty()) {
      output.line("  " + words.of("devices.device.nothing-happened"));
    }
    if (device.known()) {
      output.line(
          "%s: jobs/service %s".formatted(words.of("devices.device.its-services"), device.id()));
    }
  }

  private String state(KnownDevice device) {
    return words.of(
        device.inService() ? "devices.device.in-service" : "devices.device.out-of-service",
        words.deviceState(device.state()));
  }

  private void place(DeviceFacts facts, Facts known) {
    KnownDevice device = facts.device();
    known
        .add(words.of("devices.field.serial"), given(device.serialNumber()))
        .add(words.of("devices.field.model"), given(device.model()))
        .add(words.of("devices.device.hardware"), facts.hardwareRevision())
        .add(words.of("devices.field.building"), given(device.building()))
        .add(words.of("devices.field.room"), given(device.room()))
        .add(words.of("devices.field.hub"), given(device.hub()));
  }

  private void token(DeviceFacts facts, Facts known) {
    KnownDevice device = facts.device();
    Instant ends = device.tokenExpiresAt();
    Integer bundle = facts.bundle();
    known
        .add(
            words.of("devices.field.token"),
            ends == null
                ? words.of("devices.device.no-token")
                : "%s (%s)%s"
                    .formatted(
                        words.of("devices.field.ends", Output.time(ends)),
                        relativeTime.ago(ends),
                        bundle == null
                            ? ""
                            : ", " + words.of("devices.field.with-bundle", bundle.toString())))
        .add(
            words.of("devices.device.first-seen"),
            device.firstSeenAt() == null
                ? words.of(ends == null ? "devices.device.never" : "devices.device.never-though")
                : seen(device.firstSeenAt(), facts.firstSeenBy()))
        .add(
            words.of("devices.device.last-seen"),
            device.lastSeenAt() == null ? null : seen(device.lastSeenAt(), facts.lastSeenBy()));
  }

  private void origin(DeviceFacts facts, Facts known) {
    KnownDevice device = facts.device();
    known
        .add(
            words.of("devices.field.manifest"),
            device.byHand()
                ? words.of("devices.device.by-hand")
                : "%s%s (%d)"
                    .formatted(
                        device.manifest(),
                        words.of(
                            "devices.device.line-of",
                            Objects.requireNonNull(device.line()),
                            Objects.requireNonNull(device.factory())),
                        device.manifestId()))
        .add(words.of("devices.device.gateway"), facts.gateway())
        .add(
            words.of("devices.device.behind"),
            facts.devicesBehind() > 0 ? "%,d".formatted(facts.devicesBehind()) : null)
        .add(words.of("devices.device.columns"), facts.attributes());
  }

  private String seen(Instant at, @Nullable SeenBy by) {
    return by == null
        ? Output.time(at)
        : "%s, %s".formatted(Output.time(at), words.word("devices.seen-by.", by.name()));
  }

  private String untold(Untold hub, @Nullable String cannot) {
    String why = cannot == null ? hub.problem() : cannot;
    return "%s: %s%s"
        .formatted(
            hub.hub(),
            why == null ? words.of("devices.device.waits") : why,
            hub.attempts() == 0
                ? ""
                : " "
                    + words.of(
                        "devices.device.hub-failed",
                        hub.attempts(),
                        relativeTime.ago(hub.dueAt())));
  }

  private void section(String title, List<String> lines) {
    if (!lines.isEmpty()) {
      output.line("");
      output.line(words.of(title));
      lines.forEach(line -> output.line("  " + line));
    }
  }

  private void print(DeviceEvent event) {
    String actor = event.actor();
    output.line(
        "  %s  %s%s"
            .formatted(
                Output.time(event.at()),
                event.what(),
                actor == null
                    ? ""
                    : actor.startsWith("from ")
                        ? ", " + actor
                        : words.of("devices.device.by", actor)));
    if (event.reason() != null) {
      output.lines(" ".repeat(24), event.reason());
    }
  }

  private static String given(@Nullable String text) {
    return text == null ? Words.NOTHING : text;
  }
}
