package dev.muster.watching;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * How much of a table of devices is looked at where a figure would need each row's device or
 * status: millions of those are looked up for minutes. All of it, unless it is large; then blocks
 * of it, as chance has it.
 */
final class Sample {

  private static final int ENOUGH = 10_000;

  private Sample() {}

  static double percent(JdbcClient jdbc, String table) {
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
