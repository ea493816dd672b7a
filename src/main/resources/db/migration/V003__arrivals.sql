-- The inbox. Every source writes one row here, and only then commits its offset, checkpoint or move: what
-- is acknowledged is never lost, and what comes again is known.
--
-- A row waits until an instance claims it. What a claim means ends with its instance: see `instance`.

CREATE TYPE arrival_state AS ENUM ('WAITING', 'ANSWERING', 'DONE', 'REFUSED', 'FAILED');

CREATE TABLE arrival (
    arrival_id       bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source           text          NOT NULL,
    source_id        text          NOT NULL,
    factory          text          NOT NULL,
    file_name        text          NOT NULL,
    location         text          NOT NULL,
    version          text,
    announced_sha256 text,
    announced_rows   bigint,
    signature        text,
    arrived_at       timestamptz   NOT NULL DEFAULT now(),
    state            arrival_state NOT NULL DEFAULT 'WAITING',
    instance_id      uuid,
    attempts         integer       NOT NULL DEFAULT 0,
    due_at           timestamptz   NOT NULL DEFAULT now(),
    started_at       timestamptz,
    verdict          arrival_state CHECK (verdict IN ('DONE', 'REFUSED', 'FAILED')),
    problem          text,
    outcome          json,
    ended_at         timestamptz,
    UNIQUE (source, source_id),
    CHECK (state <> 'ANSWERING' OR verdict IS NOT NULL)
);

CREATE INDEX arrival_due ON arrival (due_at, arrival_id) WHERE state IN ('WAITING', 'ANSWERING');

CREATE INDEX arrival_failed ON arrival (factory) WHERE state = 'FAILED';

-- Manifests that came whole in a message. They are small (a broker's limit is a megabyte or so), and a
-- message may be gone from the broker before its turn comes. Removed when the arrival is done.
CREATE TABLE arrival_content (
    arrival_id bigint PRIMARY KEY REFERENCES arrival ON DELETE CASCADE,
    content    bytea  NOT NULL
);

-- Messages that can never become an arrival.
CREATE TABLE unusable_message (
    source      text        NOT NULL,
    source_id   text        NOT NULL,
    problem     text        NOT NULL,
    message     bytea       NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, source_id)
);

-- The processes that run arrivals. One whose heartbeat stays away is buried: its database sessions are
-- ended, and what it had claimed is free again.
CREATE TABLE instance (
    instance_id  uuid        PRIMARY KEY,
    process_name text        NOT NULL,
    host         text        NOT NULL,
    pid          bigint      NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    buried_at    timestamptz
);

-- A factory with a signing key must sign what it sends by itself (Ed25519, SubjectPublicKeyInfo in Base64).
ALTER TABLE factory ADD COLUMN signing_key text;

-- What a part is called until its bundle is published: each execution writes files of its own.
ALTER TABLE bundle_part ADD COLUMN staged text;

-- How often a content came before and was withdrawn is asked at every run.
CREATE INDEX manifest_history ON manifest (factory, sha256);
