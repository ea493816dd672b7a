package dev.muster.finding;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.arrival.Arrivals;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.export.Export.Part;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.finding.Found.Hit;
import dev.muster.finding.Found.Kind;
import dev.muster.finding.Found.Listing;
import dev.muster.manifest.Guid;
import dev.muster.provisioning.SentManifest;
import dev.muster.provisioning.SentManifests;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.revocation.AppliedLists;
import dev.muster.run.Executions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Finds a thing by whatever is known of it: each kind is asked through its own index, and for so
 * much that it can be shown. Callers are told of what they may see.
 */
@Guarded
@Component
public class Finder {

  /** How much is told of each kind. */
  private static final int OF_A_KIND = 10;

  private static final int MOST_IDS = 100;
  private static final int LONGEST = 300;

  /** Fewer digits are a number, a building or a word before they are how an id begins. */
  private static final int DIGITS_OF_AN_ID = 8;

  private static final int DIGITS_OF_A_SHA256 = 8;

  private static final Pattern ID =
      Pattern.compile("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|\\b[0-9a-fA-F]{32}\\b");

  private final KnownDevices devices;
  private final SentManifests manifests;
  private final AppliedLists lists;
  private final DeliveredBundles bundles;
  private final Executions executions;
  private final Arrivals arrivals;
  private final FactoryAdministration factories;

  Finder(
      KnownDevices devices,
      SentManifests manifests,
      AppliedLists lists,
      DeliveredBundles bundles,
      Executions executions,
      Arrivals arrivals,
      FactoryAdministration factories) {
    this.devices = devices;
    this.manifests = manifests;
    this.lists = lists;
    this.bundles = bundles;
    this.executions = executions;
    this.arrivals = arrivals;
    this.factories = factories;
  }

  /**
   * What a text may mean: a device's id, how one begins, several ids; a serial number; a manifest's
   * or a revocation list's name, number or SHA-256; a bundle's, execution's or arrival's number; a
   * factory.
   */
  @Requires({})
  public Found find(String anyText) {
    String text = anyText.strip();
    Set<UUID> ids = ids(text);
    if (ids.size() > 1) {
      return all(text, ids);
    }
    if (text.isEmpty() || text.length() > LONGEST) {
      return new Found(text, List.of(), List.of(), List.of(), false);
    }
    Collected found = new Collected();
    if (may(Permission.DEVICE_READ)) {
      devices(text, ids, found);
    }
    if (may(Permission.MANIFEST_READ)) {
      manifests(text, found);
    }
    if (may(Permission.LIST_READ)) {
      lists(text, found);
    }
    if (text.matches("[0-9]{1,9}")) {
      numbered(Integer.parseInt(text), found);
    }
    if (may(Permission.FACTORY_READ)) {
      factories(text, found);
    }
    return new Found(text, found.hits, listings(text, found), List.of(), found.more);
  }

  private static final class Collected {
    private final List<Hit> hits = new ArrayList<>();
    private boolean more;

    void add(List<Hit> some) {
      some.stream()
          .limit(OF_A_KIND)
          .filter(
              hit ->
                  hits.stream().noneMatch(h -> h.kind() == hit.kind() && h.id().equals(hit.id())))
          .forEach(hits::add);
      more |= some.size() > OF_A_KIND;
    }

    void add(Optional<Hit> one) {
      add(one.stream().toList());
    }
  }

  private static boolean may(Permission permission) {
    return Callers.current().may(permission);
  }

  /** Those in a text, such as a column of a table. */
  private static Set<UUID> ids(String text) {
    Set<UUID> ids = new LinkedHashSet<>();
    Matcher id = ID.matcher(text);
    while (id.find() && ids.size() < MOST_IDS) {
      ids.add(Objects.requireNonNull(Guid.of(id.group())));
    }
    return ids;
  }

  private Found all(String text, Set<UUID> ids) {
    List<Hit> hits = new ArrayList<>();
    List<UUID> unknown = new ArrayList<>();
    if (may(Permission.DEVICE_READ)) {
      for (UUID id : ids) {
        List<Hit> found = hits(DeviceSearch.of(DeviceIds.of(id)), "id");
        if (found.isEmpty()) {
          unknown.add(id);
        }
        hits.addAll(found);
      }
    }
    return new Found(text, hits, List.of(), unknown, ids.size() == MOST_IDS);
  }

  private void devices(String text, Set<UUID> id, Collected found) {
    DeviceIds ids = id.isEmpty() ? DeviceIds.of(text) : DeviceIds.of(id.iterator().next());
    if (ids != null && text.replaceAll("[^0-9a-fA-F]", "").length() >= DIGITS_OF_AN_ID) {
      found.add(hits(DeviceSearch.of(ids), "id"));
    }
    found.add(hits(DeviceSearch.ofSerialNumber(text), "serial number"));
  }

  private List<Hit> hits(DeviceSearch search, String by) {
    Part<KnownDevice, String> part = devices.find(search, null, OF_A_KIND + 1);
    return part.rows().stream()
        .map(
            one ->
                new Hit(
                    Kind.DEVICE, one.id().toString(), by, one.serialNumber(), one.factory(), true))
        .toList();
  }

  private void manifests(String text, Collected found) {
    String name = nameOf(text);
    found.add(
        manifests.beginning(name, OF_A_KIND + 1).stream()
            .map(line -> hit(line, "name", line.name().equalsIgnoreCase(name)))
            .toList());
    if (mayBeContent(text)) {
      found.add(
          manifests.ofContent(text, OF_A_KIND + 1).stream()
              .map(line -> hit(line, "SHA-256", true))
              .toList());
    }
  }

  private static Hit hit(SentManifest.Line line, String by, boolean exact) {
    return new Hit(
        Kind.MANIFEST, Integer.toString(line.id()), by, line.name(), line.factory(), exact);
  }

  private void lists(String text, Collected found) {
    String name = nameOf(text);
    found.add(
        lists.beginning(name, OF_A_KIND + 1).stream()
            .map(line -> hit(line, "name", line.name().equalsIgnoreCase(name)))
            .toList());
    if (mayBeContent(text)) {
      found.add(
          lists.ofContent(text, OF_A_KIND + 1).stream()
              .map(line -> hit(line, "SHA-256", true))
              .toList());
    }
  }

  private static Hit hit(AppliedLists.Line line, String by, boolean exact) {
    return new Hit(Kind.LIST, Integer.toString(line.id()), by, line.name(), line.factory(), exact);
  }

  /** Of a file, what its manifest or list is called. */
  private static String nameOf(String text) {
    return text.replaceFirst("(?i)\\.csv(\\.gz)?$", "");
  }

  private static boolean mayBeContent(String text) {
    return text.length() >= DIGITS_OF_A_SHA256 && text.matches("[0-9a-fA-F]{1,64}");
  }

  private void numbered(int number, Collected found) {
    String id = Integer.toString(number);
    if (may(Permission.MANIFEST_READ)) {
      found.add(manifests.line(number).map(line -> hit(line, "number", true)));
      found.add(
          bundles
              .line(number)
              .map(line -> new Hit(Kind.BUNDLE, id, "number", line.name(), line.factory(), true)));
    }
    if (may(Permission.LIST_READ)) {
      found.add(lists.line(number).map(line -> hit(line, "number", true)));
    }
    if (may(Permission.EXECUTION_READ)) {
      found.add(
          executions
              .find(number)
              .map(
                  one ->
                      new Hit(Kind.EXECUTION, id, "number", one.manifest(), one.factory(), true)));
    }
    if (may(Permission.ARRIVAL_READ)) {
      found.add(
          arrivals
              .find(number)
              .map(
                  one -> new Hit(Kind.ARRIVAL, id, "number", one.manifest(), one.factory(), true)));
    }
  }

  private void factories(String text, Collected found) {
    String name = text.toLowerCase(Locale.ROOT);
    found.add(
        factories.all().stream()
            .map(Factory::id)
            .filter(id -> id.startsWith(name))
            .map(id -> new Hit(Kind.FACTORY, id, "name", null, id, id.equals(name)))
            .toList());
  }

  /** What no index finds; it is looked for when somebody wants it. */
  private List<Listing> listings(String text, Collected found) {
    List<Listing> listings = new ArrayList<>();
    if (may(Permission.DEVICE_READ)) {
      found.hits.stream()
          .filter(hit -> hit.kind() == Kind.FACTORY && hit.exact())
          .forEach(hit -> listings.add(new Listing(Kind.DEVICE, "factory", hit.id())));
      found.hits.stream()
          .filter(hit -> hit.kind() == Kind.MANIFEST && hit.exact())
          .forEach(hit -> listings.add(new Listing(Kind.DEVICE, "manifest", hit.id())));
      if (may(Permission.FACTORY_READ) && factories.hubNames().contains(text)) {
        listings.add(new Listing(Kind.DEVICE, "hub", text));
      }
      listings.add(new Listing(Kind.DEVICE, "building", text));
      listings.add(new Listing(Kind.DEVICE, "model", text));
    }
    if (may(Permission.MANIFEST_READ)) {
      listings.add(new Listing(Kind.MANIFEST, "name", text));
    }
    if (may(Permission.LIST_READ)) {
      listings.add(new Listing(Kind.LIST, "name", text));
    }
    if (may(Permission.EXECUTION_READ)) {
      listings.add(new Listing(Kind.EXECUTION, "text", text));
    }
    if (may(Permission.ARRIVAL_READ)) {
      listings.add(new Listing(Kind.ARRIVAL, "text", text));
    }
    return listings;
  }
}
