-- Who did what, when and from where. Written beside what was done, in a transaction of its own, so that what was refused
-- or denied is kept as well.
CREATE TABLE audit_entry (
    entry_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text        NOT NULL,
    origin   text        NOT NULL,
    factory  text,
    action   text        NOT NULL,
    subject  text        NOT NULL,
    outcome  text        NOT NULL CHECK (outcome IN ('STARTED', 'DONE', 'REFUSED', 'DENIED', 'FAILED')),
    problem  text
);

CREATE INDEX audit_entry_at ON audit_entry (at);

CREATE TRIGGER audit_entry_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added_to();
