-- The device registry, and what each manifest brought to it.
--
-- What is true of a whole manifest (delivered, when its tokens end) stands once, in the manifest's row;
-- a device's row holds only what is its own. So a million devices become PROVISIONED by one update of one
-- row, in the transaction that delivers their bundle. Read devices through the view `registry`, which
-- joins the two.

CREATE TYPE device_state AS ENUM ('REGISTERED', 'PROVISIONED', 'DISABLED', 'REVOKED');

CREATE TABLE manifest (
    manifest_id      integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    factory          text        NOT NULL,
    sha256           text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name             text        NOT NULL,
    columns          text[]      NOT NULL,
    rows             bigint      NOT NULL,
    received_at      timestamptz NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    delivered_at     timestamptz,
    outbox           text,
    receipt          json,
    withdrawn_at     timestamptz,
    CHECK (delivered_at IS NULL OR withdrawn_at IS NULL)
);

-- A manifest is its content: sent twice, it is provisioned once. A withdrawn one may come again.
CREATE UNIQUE INDEX manifest_content ON manifest (factory, sha256) WHERE withdrawn_at IS NULL;

-- Hubs by a short number, because a million device rows name theirs.
CREATE TABLE hub (
    hub_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name   text     NOT NULL UNIQUE
);

-- No foreign keys on device: their per-row triggers would double the time of a bulk load. Rows are only
-- written by DeviceLoader, in the transaction of a run whose manifest and hubs exist.
CREATE TABLE device (
    device_id            uuid     PRIMARY KEY,
    manifest_id          integer  NOT NULL,
    line                 integer  NOT NULL,
    hub_id               smallint NOT NULL,
    own_state            device_state,
    own_token_expires_at timestamptz,
    serial_number        text,
    model                text,
    hardware_revision    text,
    building             text,
    room                 text,
    attributes           jsonb
);

-- Finds a manifest's rows, which lie together because they were loaded together. A block-range index costs
-- a bulk load next to nothing; a B-tree here would cost it a fifth of its speed.
CREATE INDEX device_manifest ON device USING brin (manifest_id, line) WITH (pages_per_range = 32);

-- The few devices that were changed one by one. A bulk load leaves own_state empty and so never touches it.
CREATE INDEX device_own_state ON device (own_state, manifest_id) WHERE own_state IS NOT NULL;

CREATE VIEW registry AS
SELECT d.device_id,
       coalesce(d.own_state,
                CASE WHEN m.delivered_at IS NULL THEN 'REGISTERED' ELSE 'PROVISIONED' END::device_state) AS state,
       coalesce(d.own_token_expires_at,
                CASE WHEN m.delivered_at IS NOT NULL THEN m.tokens_expire_at END) AS token_expires_at,
       h.name AS hub,
       d.serial_number, d.model, d.hardware_revision, d.building, d.room, d.attributes,
       d.manifest_id, m.factory, m.name AS manifest, d.line
  FROM device d
  JOIN manifest m USING (manifest_id)
  JOIN hub h USING (hub_id);

-- Every row that a manifest brought and the registry did not take. One verdict a row.
CREATE TABLE reject (
    manifest_id integer NOT NULL,
    line        integer NOT NULL,
    device_id   text    NOT NULL,
    code        text    NOT NULL,
    column_name text    NOT NULL,
    value       text    NOT NULL,
    message     text    NOT NULL,
    PRIMARY KEY (manifest_id, line)
);

-- How many devices some thousand lines of a manifest brought to each hub: written in their chunk's transaction, so it
-- is exact after any crash, and neither totals nor where to cut a bundle need be counted over a million rows.
CREATE TABLE loaded_lines (
    manifest_id integer  NOT NULL,
    first_line  integer  NOT NULL,
    last_line   integer  NOT NULL,
    hub_id      smallint NOT NULL,
    devices     integer  NOT NULL,
    PRIMARY KEY (manifest_id, first_line, hub_id)
);

-- The encrypted parts of a manifest's bundle that lie finished in the staging folder or the outbox.
CREATE TABLE bundle_part (
    manifest_id integer NOT NULL,
    part        integer NOT NULL,
    name        text    NOT NULL,
    sha256      text    NOT NULL,
    bytes       bigint  NOT NULL,
    devices     bigint  NOT NULL,
    PRIMARY KEY (manifest_id, part)
);
