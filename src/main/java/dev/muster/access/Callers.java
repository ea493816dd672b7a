package dev.muster.access;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who is calling, on this thread. Threads that one starts have none until they say who calls. */
public final class Callers {

  private static final ThreadLocal<@Nullable Caller> CURRENT = new ThreadLocal<>();

  private Callers() {}

  /**
   * Who is calling.
   *
   * @throws NotPermittedException when nobody said so
   */
  public static Caller current() {
    return find().orElseThrow(() -> new NotPermittedException("Nobody has said who is calling."));
  }

  public static Optional<Caller> find() {
    return Optional.ofNullable(CURRENT.get());
  }

  /** Whose things alone the caller may do that to; null: everybody's. */
  public static @Nullable String factory(Permission permission) {
    return current().factory(permission);
  }

  /** Sees to it that the caller may do that to what belongs to this factory. */
  public static void mustSee(Permission permission, @Nullable String factory) {
    mustMay(permission);
    Caller caller = current();
    if (!caller.sees(permission, factory)) {
      throw new NotPermittedException(
          "%s belongs to factory '%s', and this is not its own."
              .formatted(caller.name(), caller.factory()));
    }
  }

  /** Sees to it that the caller may do something, before it is asked for the details of it. */
  public static void mustMay(Permission permission) {
    Caller caller = current();
    if (!caller.may(permission)) {
      throw NotPermittedException.lacking(caller, permission);
    }
  }

  /** Sees to it that the caller has signed in a short while ago. */
  public static void mustBeFresh() {
    if (!current().fresh()) {
      throw new SignInAgainException();
    }
  }

  /**
   * Sees to it that who works in some buildings only works on a device in one of them.
   *
   * @param building null: nobody knows where it is
   */
  public static void mustWorkAt(@Nullable String building) {
    Caller caller = current();
    if (!caller.worksAt(building)) {
      throw new NotPermittedException(
          building == null
              ? "%s works in some buildings only, and nobody has said in which one this device is. Say so first."
                  .formatted(caller.name())
              : "%s does not work in building %s. Whoever gives accounts their sites can change that."
                  .formatted(caller.name(), building));
    }
  }

  /** What is done as somebody, and may throw that. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object, E extends Exception> {
    T done() throws E;
  }

  /** Does something as this caller; afterwards the thread's caller is who it was. */
  public static <T extends @Nullable Object, E extends Exception> T call(
      Caller caller, Work<T, E> work) throws E {
    Caller before = CURRENT.get();
    CURRENT.set(caller);
    try {
      return work.done();
    } finally {
      restore(before);
    }
  }

  /** As {@link #call}, for what throws nothing checked. */
  public static <T extends @Nullable Object> T get(Caller caller, Supplier<T> work) {
    return call(caller, work::get);
  }

  /** As {@link #get}, for what returns nothing. */
  public static void run(Caller caller, Runnable work) {
    get(
        caller,
        () -> {
          work.run();
          return true;
        });
  }

  /** From now on, this thread's caller; null: nobody. */
  public static void set(@Nullable Caller caller) {
    restore(caller);
  }

  private static void restore(@Nullable Caller caller) {
    if (caller == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(caller);
    }
  }
}
