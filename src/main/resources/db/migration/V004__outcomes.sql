-- What is still to be told, by destination. Written in the transaction that ends an arrival, deleted in the
-- one in which its destination confirmed it.
CREATE TABLE outcome (
    outcome_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    destination text        NOT NULL,
    factory     text        NOT NULL,
    event       json        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX outcome_waiting ON outcome (destination, outcome_id);
