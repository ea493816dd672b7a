-- Who may send manifests. The id names folders in the outbox, so it is kept narrow here too.
CREATE TABLE factory (
    id         text        PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    recipients text[]      NOT NULL CHECK (cardinality(recipients) > 0),
    hub        text,
    created_at timestamptz NOT NULL DEFAULT now()
);
