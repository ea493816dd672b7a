package dev.muster.arrival;

import dev.muster.access.Caller;

/**
 * Who sent something, with an account of their own.
 *
 * @param name as people know it, see {@link Caller#name()}
 * @param account who it is for good, see {@link Caller#account()}
 */
public record Sender(String name, String account) {

  public static Sender of(Caller caller) {
    return new Sender(caller.name(), caller.account());
  }
}
