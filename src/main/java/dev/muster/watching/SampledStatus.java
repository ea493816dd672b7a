package dev.muster.watching;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * How much of {@code device_status} is looked at where a figure would need each row's device:
 * millions of those are looked up for minutes. All of it, unless it is large; then blocks of it, as
 * chance has it.
 */
final class SampledStatus {

  private static final int ENOUGH = 10_000;

  private SampledStatus() {}

  static double percent(JdbcClient jdbc) {
    return percent(jdbc, "device_status");
  }

  /** The same of {@code device}. */
  static double percentOfDevices(JdbcClient jdbc) {
    return percent(jdbc, "device");
  }

  private static double percent(JdbcClient jdbc, String table) {
    return jdbc.sql(
            """
            SELECT least(100, 100.0 * :enough / greatest(reltuples, 1))::float8
              FROM pg_class WHERE oid = :table::regclass\
            """)
        .param("table", table)
        .param("enough", ENOUGH)
        .query(Double.class)
        .single();
  }
}
