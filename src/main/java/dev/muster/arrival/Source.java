package dev.muster.arrival;

/**
 * Something that brings arrivals. Each that is configured is a bean.
 *
 * @param name as the inbox keeps it, events tell it, and pages offer it
 */
public record Source(String name) {

  @Override
  public String toString() {
    return name;
  }
}
