package dev.muster.outcome;

import dev.muster.access.Caller;
import dev.muster.access.Permission;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What people choose to be told of. One event is of one kind at most. */
public enum Kind {
  FAILED(
      "A manifest or a list failed, and somebody must see to it",
      Permission.ARRIVAL_READ,
      "manifest.failed",
      "revocations.failed"),
  REFUSED(
      "A manifest or a list was refused",
      Permission.ARRIVAL_READ,
      "manifest.refused",
      "revocations.refused"),
  TOO_MANY_REJECTS(
      "Too many rows of a manifest or a list were refused",
      Permission.ARRIVAL_READ,
      "manifest.too-many-rejects",
      "revocations.too-many-rejects"),
  SECOND_PERSON(
      "A list, a choice of devices or an undoing waits for a second person",
      Permission.LIST_READ,
      "manifest.held",
      "revocations.held",
      "second-person.asked"),
  NIGHTLY("The nightly run has ended", Permission.EXECUTION_READ, "nightly.ended"),
  BUNDLE_READY("A bundle is ready", Permission.MANIFEST_READ, "bundle.delivered"),
  BUNDLE_UNFETCHED(
      "Nobody has fetched a bundle for too long", Permission.MANIFEST_READ, "bundle.unfetched"),
  TOKENS_ENDING(
      "Tokens of devices end, and no renewal is on its way",
      Permission.DEVICE_READ,
      "tokens.ending"),
  KEYS_CHANGED(
      "The keys of a factory are others", Permission.MANIFEST_READ, "factory.keys-changed");

  private final String sentence;
  private final Permission permission;

  @SuppressWarnings("ImmutableEnumChecker") // can't be changed
  private final List<String> types;

  Kind(String sentence, Permission permission, String... types) {
    this.sentence = sentence;
    this.permission = permission;
    this.types = Arrays.stream(types).map("dev.muster."::concat).toList();
  }

  /** As it stands beside its box. */
  public String sentence() {
    return sentence;
  }

  /** Who may see such things at all. */
  Permission permission() {
    return permission;
  }

  /** Whether they may see any such thing. */
  boolean isFor(Caller reader) {
    // The nightly run is no factory's.
    return this == NIGHTLY ? reader.mayEverywhere(permission) : reader.may(permission);
  }

  /** As the configuration names it: {@code too-many-rejects}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Which kind events of this type are of; empty: nobody is told of them by mail. */
  static Optional<Kind> of(String type) {
    return Arrays.stream(values()).filter(kind -> kind.types.contains(type)).findFirst();
  }
}
