package dev.muster.audit;

import java.util.Collection;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What the audit has about single runs, for those who show a run; they see to who may read it. */
@Component
public class RunEntries {

  private final JdbcClient jdbc;

  RunEntries(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  public List<AuditTrail.Line> of(Collection<Long> executions) {
    return jdbc.sql(
            """
            SELECT entry_id AS number, at, actor, account, origin, factory, action, subject, outcome, problem
              FROM audit_entry
             WHERE subject LIKE 'execution=%'
               AND substring(subject FROM '^execution=([0-9]+)')::bigint = ANY (?)
             ORDER BY entry_id LIMIT 200\
            """)
        .param(executions.toArray(Long[]::new))
        .query(AuditTrail.Line.class)
        .list();
  }
}
