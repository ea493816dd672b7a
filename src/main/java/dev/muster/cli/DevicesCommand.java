package dev.muster.cli;

import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "devices",
    description = {
      "Finds devices; those that came last first.",
      "",
      "jobs/devices --factory fabrikam --state REVOKED --export csv > revoked.csv takes all of them"
          + " away."
    })
final class DevicesCommand implements Callable<Integer> {

  private static final String ROW = "%-36s %-11s %-16s %-12s %-8s %-8s %s";

  private final Beans beans;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private StandardOptions options = new StandardOptions();
  @Mixin private ListOptions list = new ListOptions();

  @Option(names = "--id", paramLabel = "GUID", description = "The device with this id.")
  private @Nullable UUID id;

  @Option(names = "--serial", paramLabel = "TEXT", description = "With this serial number.")
  private @Nullable String serial;

  @Option(names = "--factory", paramLabel = "ID", description = "Of this factory.")
  private @Nullable String factory;

  @Option(names = "--manifest", paramLabel = "N", description = "Brought by this manifest.")
  private @Nullable Integer manifest;

  @Option(names = "--model", paramLabel = "TEXT", description = "Of this model.")
  private @Nullable String model;

  @Option(names = "--gateway", paramLabel = "GUID", description = "Behind this gateway.")
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

  DevicesCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws IOException {
    KnownDevices devices = beans.get(KnownDevices.class);
    DeviceSearch search =
        new DeviceSearch(id, serial, manifest, building, room, state, factory, model, gateway);
    return list.print(
        options.output(spec),
        () -> devices.all(search),
        number -> devices.find(search, null, number).devices(),
        "No device is like that.",
        ROW.formatted("DEVICE", "STATE", "SERIAL NUMBER", "MODEL", "BUILDING", "ROOM", "MANIFEST"),
        DevicesCommand::row);
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
