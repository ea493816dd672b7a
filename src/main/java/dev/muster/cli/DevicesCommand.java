package dev.muster.cli;

import dev.muster.manifest.Guid;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Attribute;
import dev.muster.registry.DeviceSearch.Order;
import dev.muster.registry.DeviceSearch.Seen;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.Deed;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "devices",
    description = {
      "Finds devices; those that came last first. With a device's id, all that is known of that"
          + " one, and what happened to it.",
      "",
      "jobs/devices --factory fabrikam --state REVOKED --export csv > revoked.csv takes all of them"
          + " away.",
      "",
      "jobs/devices --manifest 7 --change disable --reason 'wrong batch' says what would become of"
          + " all of them, and changes nothing; jobs/revoke --confirm, or jobs/renew --confirm,"
          + " does, with the number that is told."
    })
final class DevicesCommand extends ApplicationCommand {

  private static final long LOOK_EVERY_MS = 100;

  private static final String ROW = "%-36s %-11s %-16s %-12s %-8s %-8s %s";

  @Parameters(arity = "0..1", paramLabel = "DEVICE", description = "One device: its GUID.")
  private @Nullable String device;

  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = "--id",
      paramLabel = "GUID",
      converter = IdsConverter.class,
      description = "The device with this id, or those whose ids begin so: four digits at least.")
  private @Nullable DeviceIds id;

  @Option(names = "--serial", paramLabel = "TEXT", description = "With this serial number.")
  private @Nullable String serial;

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(names = "--manifest", paramLabel = "N", description = "Brought by this manifest.")
  private @Nullable Integer manifest;

  @Option(
      names = "--bundle",
      paramLabel = "N",
      description = "Whose token came with this bundle, and was not exchanged since.")
  private @Nullable Integer bundle;

  @Option(names = "--model", paramLabel = "TEXT", description = "Of this model.")
  private @Nullable String model;

  @Option(
      names = "--gateway",
      paramLabel = "GUID",
      converter = IdConverter.class,
      description = "Behind this gateway.")
  private @Nullable UUID gateway;

  @Option(names = "--building", paramLabel = "TEXT", description = "In this building.")
  private @Nullable String building;

  @Option(names = "--room", paramLabel = "TEXT", description = "In this room.")
  private @Nullable String room;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: ${COMPLETION-CANDIDATES}.")
  private @Nullable Standing state;

  @Option(names = "--hub", paramLabel = "NAME", description = "At this hub.")
  private @Nullable String hub;

  @Option(
      names = "--attribute",
      paramLabel = "NAME=VALUE",
      converter = AttributeConverter.class,
      description = "With this in a column that Muster only keeps.")
  private @Nullable Attribute attribute;

  @Option(
      names = "--token-ends-from",
      paramLabel = "TIME",
      description = "Whose token ends then or later: 2026-11-25, or 2026-11-25T16:00 (UTC).")
  private @Nullable String tokenEndsFrom;

  @Option(
      names = "--token-ends-until",
      paramLabel = "TIME",
      description = "Whose token ends before then; a date is meant with all of its day.")
  private @Nullable String tokenEndsUntil;

  @Option(
      names = "--seen",
      paramLabel = "SEEN",
      description = "Whether they ever gave a sign of life: ${COMPLETION-CANDIDATES}.")
  private @Nullable Seen seen;

  @Option(
      names = "--seen-before",
      paramLabel = "TIME",
      description = "Whose last sign of life was before then.")
  private @Nullable String seenBefore;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      description =
          "What comes first: ${COMPLETION-CANDIDATES}. Those that are out of service, or whose ids"
              + " begin alike, go by their id.")
  private @Nullable Order order;

  @Option(
      names = "--change",
      paramLabel = "ACTION",
      converter = ActionConverter.class,
      description =
          "Say what would become of all of them: disable, enable, revoke, restore, renew or"
              + " move (to the hub where the weights want them). Needs"
              + " --reason.")
  private @Nullable Deed change;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why they are to change; each device's history keeps it.")
  private @Nullable String reason;

  @Option(
      names = "--to-hub",
      paramLabel = "NAME",
      description =
          "With --change move: to this hub, which must be the one that is set apart"
              + " (muster.placement.quarantine).")
  private @Nullable String toHub;

  @Option(
      names = "--devices-behind",
      description = "Change what stands behind those of them that are gateways, too.")
  private boolean devicesBehind;

  static final class ActionConverter implements ITypeConverter<Deed> {
    @Override
    public Deed convert(String value) {
      try {
        return Deed.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "'%s' is none: say disable, enable, revoke, restore, renew or move.".formatted(value));
      }
    }
  }

  /** One whole id: {@code UUID.fromString}, which is what picocli has, takes 1-1-1-1-1. */
  static final class IdConverter implements ITypeConverter<UUID> {
    @Override
    public UUID convert(String value) {
      return whole(value, DeviceIds::wrong);
    }

    static UUID whole(String value, UnaryOperator<String> wrong) {
      UUID id = Guid.of(value);
      if (id == null) {
        throw new TypeConversionException(wrong.apply(value));
      }
      return id;
    }
  }

  /** The number that devices which were chosen have. */
  static final class ChoiceConverter implements ITypeConverter<UUID> {
    @Override
    public UUID convert(String value) {
      return IdConverter.whole(
          value, "'%s' is no number of chosen devices. jobs/devices --change tells it."::formatted);
    }
  }

  static final class IdsConverter implements ITypeConverter<DeviceIds> {
    @Override
    public DeviceIds convert(String value) {
      DeviceIds ids = DeviceIds.of(value);
      if (ids == null) {
        throw new TypeConversionException(DeviceIds.none(value));
      }
      return ids;
    }

    /** The one device that a text means. */
    static UUID one(String text, CommandLine command) {
      UUID id = Guid.of(text);
      if (id == null) {
        throw new ParameterException(command, DeviceIds.wrong(text));
      }
      return id;
    }
  }

  static final class AttributeConverter implements ITypeConverter<Attribute> {
    @Override
    public Attribute convert(String value) {
      try {
        return Attribute.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  DevicesCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    DeviceSearch search =
        new DeviceSearch(
            id,
            serial,
            manifest,
            bundle,
            building,
            room,
            state,
            factory,
            model,
            gateway,
            hub,
            attribute,
            PeriodOptions.period(options.commandLine(), tokenEndsFrom, tokenEndsUntil),
            seen,
            PeriodOptions.period(options.commandLine(), seenBefore, null).from(),
            order);
    Output output = options.output();
    if (device != null) {
      if (!search.all() || order != null || change != null || list.exports()) {
        throw new ParameterException(
            output.commandLine(), "Name a device, or say what devices are like: not both.");
      }
      return DeviceReport.print(IdsConverter.one(device, output.commandLine()), beans, output);
    }
    KnownDevices devices = beans.get(KnownDevices.class);
    if (change != null) {
      return change(search, change, output);
    }
    int code =
        list.print(
            output,
            () -> devices.all(search),
            number -> devices.first(search, number),
            "No device is like that.",
            ROW.formatted(
                "DEVICE", "STATE", "SERIAL NUMBER", "MODEL", "BUILDING", "ROOM", "MANIFEST"),
            DevicesCommand::row);
    Long total = list.forPeople(output) ? devices.total(search) : null;
    if (total != null && total > 0) {
      output.line("There are %,d in all.".formatted(total));
    }
    return code;
  }

  private int change(DeviceSearch search, Deed action, Output output) throws InterruptedException {
    CheckedUploads uploads = beans.get(CheckedUploads.class);
    UUID number =
        uploads.checkChosen(search, action, reason == null ? "" : reason, devicesBehind, toHub);
    CheckedUpload looked = uploads.find(number).orElseThrow();
    while (!looked.checked()) {
      Thread.sleep(LOOK_EVERY_MS);
      looked = uploads.find(number).orElseThrow();
    }
    return ListReport.print(looked, output);
  }

  private static String row(KnownDevice device) {
    return ROW.formatted(
            device.id(),
            Objects.toString(device.state(), "–"),
            Objects.toString(device.serialNumber(), "–"),
            Objects.toString(device.model(), "–"),
            Objects.toString(device.building(), "–"),
            Objects.toString(device.room(), "–"),
            device.known() ? device.factory() + " " + device.manifest() : "–")
        .stripTrailing();
  }
}
