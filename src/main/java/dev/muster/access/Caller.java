package dev.muster.access;

import static dev.muster.access.Permission.LIST_SEND;
import static dev.muster.access.Permission.MANIFEST_SEND;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling.
 *
 * @param name the account, for people and for the audit
 * @param origin by which way, and from where: {@code console 127.0.0.1}, {@code command line}
 * @param roles the account's roles, as words; empty for callers that are no accounts
 * @param factory whose manifests, lists and devices only it sees and changes; null: all
 */
public record Caller(
    String name,
    String origin,
    Set<String> roles,
    Set<Permission> permissions,
    @Nullable String factory) {

  public Caller {
    roles = Set.copyOf(roles);
    permissions = Set.copyOf(permissions);
  }

  /**
   * An account. Each of its roles counts, and one that is bound to a factory sees that factory's
   * alone unless another role sees all; a {@code factory} role without a factory counts for
   * nothing.
   *
   * @param factory the factory that the account belongs to; null: none
   */
  public static Caller account(
      String name, String origin, Collection<Role> roles, @Nullable String factory) {
    Set<Role> counted =
        roles.stream()
            .filter(role -> role != Role.FACTORY || factory != null)
            .collect(Collectors.toSet());
    EnumSet<Permission> permissions = EnumSet.noneOf(Permission.class);
    counted.forEach(role -> permissions.addAll(role.permissions()));
    return new Caller(
        name,
        origin,
        counted.stream().map(Role::word).collect(Collectors.toSet()),
        permissions,
        counted.contains(Role.FACTORY) && counted.size() == 1 ? factory : null);
  }

  /** Who is at the command line has the database's password, and may do everything. */
  public static Caller commandLine() {
    return new Caller(
        System.getProperty("user.name", "unknown"),
        "command line",
        Set.of(),
        EnumSet.allOf(Permission.class),
        null);
  }

  /**
   * Muster itself, for what runs by the clock.
   *
   * @param what what it is doing
   */
  public static Caller muster(String what) {
    return new Caller("muster", what, Set.of(), EnumSet.allOf(Permission.class), null);
  }

  /**
   * A factory whose manifest or list arrived by itself.
   *
   * @param source which source brought it
   */
  public static Caller arrival(String factory, String source) {
    return new Caller(
        "factory " + factory, source, Set.of(), EnumSet.of(MANIFEST_SEND, LIST_SEND), factory);
  }

  public boolean may(Permission permission) {
    return permissions.contains(permission);
  }

  /** Whether this factory's manifests, lists and devices are among what it sees. */
  public boolean sees(@Nullable String anyFactory) {
    return factory == null || factory.equals(anyFactory);
  }
}
