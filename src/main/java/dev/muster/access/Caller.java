package dev.muster.access;

import static dev.muster.access.Permission.BUNDLE_CONFIRM;
import static dev.muster.access.Permission.LIST_SEND;
import static dev.muster.access.Permission.MANIFEST_SEND;

import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling. A permission reaches as far as the role that gave it: what an account may only as
 * a factory's, it may for that factory alone, whatever else it is.
 *
 * @param name the account, for people and for the audit
 * @param account who it is for good: issuer and subject at the identity provider; for callers that
 *     are no accounts, their name
 * @param origin by which way, and from where: {@code console 127.0.0.1}, {@code command line}
 * @param roles the account's roles, as words; empty for callers that are no accounts
 * @param everywhere what it may for all factories
 * @param own what it may for its own factory
 * @param factory its own; null: none
 * @param fresh whether it is known to be who it says it is by having signed in a short while ago;
 *     callers without a session always are
 * @param sites the buildings where it works as a technician, in lower case; null: anywhere
 */
public record Caller(
    String name,
    String account,
    String origin,
    Set<String> roles,
    Set<Permission> everywhere,
    Set<Permission> own,
    @Nullable String factory,
    boolean fresh,
    @Nullable Set<String> sites) {

  /** What a factory's account is told instead of the name of somebody who is not its own. */
  public static final String OPERATOR = "an operator";

  public Caller {
    roles = Set.copyOf(roles);
    everywhere = Set.copyOf(everywhere);
    own = factory == null ? Set.of() : Set.copyOf(own);
    sites = sites == null ? null : Set.copyOf(sites);
  }

  /** One that works anywhere. */
  public Caller(
      String name,
      String account,
      String origin,
      Set<String> roles,
      Set<Permission> everywhere,
      Set<Permission> own,
      @Nullable String factory,
      boolean fresh) {
    this(name, account, origin, roles, everywhere, own, factory, fresh, null);
  }

  /**
   * An account. Each of its roles counts, as far as it reaches; a {@code factory} role without a
   * factory counts for nothing.
   *
   * @param factory the factory that the account belongs to; null: none
   */
  public static Caller account(
      String name,
      String account,
      String origin,
      Collection<Role> roles,
      @Nullable String factory) {
    EnumSet<Permission> everywhere = EnumSet.noneOf(Permission.class);
    EnumSet<Permission> own = EnumSet.noneOf(Permission.class);
    Set<String> counted = new HashSet<>();
    for (Role role : roles) {
      if (role != Role.FACTORY || factory != null) {
        counted.add(role.word());
        (role == Role.FACTORY ? own : everywhere).addAll(role.permissions());
      }
    }
    return new Caller(name, account, origin, counted, everywhere, own, factory, true);
  }

  /** Who is at the command line has the database's password, and may do everything. */
  public static Caller commandLine() {
    return all(System.getProperty("user.name", "unknown"), "command line");
  }

  /** Muster itself, for what runs by the clock. */
  public static Caller muster(String what) {
    return all("muster", what);
  }

  /** A factory whose manifest or list arrived by itself. */
  public static Caller arrival(String factory, String source) {
    String name = "factory " + factory;
    return new Caller(
        name,
        name,
        source,
        Set.of(),
        Set.of(),
        EnumSet.of(MANIFEST_SEND, LIST_SEND, BUNDLE_CONFIRM),
        factory,
        true);
  }

  /** The same caller, with what it may, by the hand of an account. */
  public Caller as(String byName, String byAccount) {
    return new Caller(byName, byAccount, origin, roles, everywhere, own, factory, fresh, sites);
  }

  private static Caller all(String name, String origin) {
    return new Caller(
        name, name, origin, Set.of(), EnumSet.allOf(Permission.class), Set.of(), null, true);
  }

  /** The same, who has signed in longer ago. */
  public Caller signedInLongAgo() {
    return new Caller(name, account, origin, roles, everywhere, own, factory, false, sites);
  }

  /**
   * The same, who works as a technician in these buildings alone. What another of its roles lets it
   * do with devices, it may do anywhere.
   */
  public Caller at(Collection<String> buildings) {
    boolean otherwise =
        roles.stream()
            .flatMap(word -> Role.of(word).stream())
            .anyMatch(
                role ->
                    role != Role.TECHNICIAN
                        && role.permissions().contains(Permission.DEVICE_INSTALL));
    return otherwise
        ? this
        : new Caller(
            name,
            account,
            origin,
            roles,
            everywhere,
            own,
            factory,
            fresh,
            buildings.stream().map(Caller::site).collect(Collectors.toSet()));
  }

  /** Whether it may work on a device in this building; null: nobody knows where that is. */
  public boolean worksAt(@Nullable String building) {
    return sites == null || (building != null && sites.contains(site(building)));
  }

  private static String site(String building) {
    return building.strip().toLowerCase(Locale.ROOT);
  }

  /** Whether it may do that at all; for whose things, {@link #sees} says. */
  public boolean may(Permission permission) {
    return everywhere.contains(permission) || own.contains(permission);
  }

  /** Whether it may do that for all factories. */
  public boolean mayEverywhere(Permission permission) {
    return everywhere.contains(permission);
  }

  /** Whose things alone it may do that to; null: everybody's. */
  public @Nullable String factory(Permission permission) {
    if (everywhere.contains(permission)) {
      return null;
    }
    if (factory == null) {
      throw NotPermittedException.lacking(this, permission);
    }
    return factory;
  }

  /** Whether it may do that to what belongs to this factory. */
  public boolean sees(Permission permission, @Nullable String anyFactory) {
    return everywhere.contains(permission)
        || (own.contains(permission) && factory != null && factory.equals(anyFactory));
  }
}
