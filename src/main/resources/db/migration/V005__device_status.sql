-- What became of single devices: revoked, disabled, given a token of their own. A device has a row here only
-- once something did, so a bulk load writes nothing here; and a device that the registry does not know can
-- have one: it is then revoked before it came.

CREATE TABLE device_status (
    device_id        uuid         PRIMARY KEY,
    state            device_state CHECK (state IN ('DISABLED', 'REVOKED')),
    changed_at       timestamptz  NOT NULL,
    list_id          integer,
    line             integer,
    hub_id           smallint,
    token_expires_at timestamptz,
    hub_due_at       timestamptz,
    hub_attempts     smallint     NOT NULL DEFAULT 0,
    hub_problem      text
);

COMMENT ON COLUMN device_status.state IS 'NULL: what its manifest makes of it';
COMMENT ON COLUMN device_status.list_id IS 'the revocation list, and its line, of the last change';
COMMENT ON COLUMN device_status.hub_id IS 'NULL: the registry does not know the device';
COMMENT ON COLUMN device_status.token_expires_at IS
    'NULL: as its manifest says; the epoch: it has no token, because it was out of service when its manifest was delivered';
COMMENT ON COLUMN device_status.hub_due_at IS
    'when to tell the hub that the publisher is revoked (state set) or is not (state NULL); NULL: the hub has confirmed';

CREATE INDEX device_status_hub_work ON device_status (hub_id, hub_due_at) WHERE hub_due_at IS NOT NULL;

CREATE INDEX device_status_unknown ON device_status (device_id) WHERE hub_id IS NULL AND state IS NOT NULL;

CREATE INDEX device_status_list ON device_status (list_id) WHERE hub_due_at IS NOT NULL;

-- Every change of a single device. Only ever added to. Whoever writes here holds the status lock (see
-- StatusLock), so change_id grows in the order of commits and is what the deny list counts versions by.
CREATE TABLE device_change (
    change_id  bigint       GENERATED ALWAYS AS IDENTITY,
    device_id  uuid         NOT NULL,
    action     text         NOT NULL,
    was        device_state,
    becomes    device_state,
    reason     text         NOT NULL,
    actor      text         NOT NULL,
    list_id    integer,
    line       integer,
    changed_at timestamptz  NOT NULL,
    PRIMARY KEY (device_id, change_id)
);

COMMENT ON COLUMN device_change.was IS 'NULL: the registry did not know the device';

CREATE INDEX device_change_order ON device_change USING brin (change_id) WITH (pages_per_range = 32);

CREATE FUNCTION only_ever_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to.', TG_TABLE_NAME;
END $$;

CREATE TRIGGER device_change_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON device_change
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added_to();

-- A device may stand behind a gateway, which is a device too.
ALTER TABLE device ADD COLUMN gateway_id uuid;

CREATE INDEX device_gateway ON device (gateway_id) WHERE gateway_id IS NOT NULL;

DROP VIEW registry;
DROP INDEX device_own_state;

WITH moved AS (
    INSERT INTO device_status (device_id, state, changed_at, hub_id, token_expires_at, hub_due_at)
    SELECT device_id, own_state, now(), hub_id, own_token_expires_at, now()
      FROM device WHERE own_state IN ('DISABLED', 'REVOKED')
    RETURNING device_id, state)
INSERT INTO device_change (device_id, action, was, becomes, reason, actor, changed_at)
SELECT device_id, CASE state WHEN 'REVOKED' THEN 'revoke' ELSE 'disable' END, NULL, state,
       'before changes were kept', 'migration', now()
  FROM moved;

ALTER TABLE device DROP COLUMN own_state, DROP COLUMN own_token_expires_at;

-- Devices as people mean them. `revoking`: the hub has not confirmed yet.
CREATE VIEW registry AS
SELECT d.device_id,
       coalesce(s.state,
                CASE WHEN m.delivered_at IS NULL OR s.token_expires_at = 'epoch' THEN 'REGISTERED'
                     ELSE 'PROVISIONED' END::device_state) AS state,
       s.state IS NOT NULL AND s.hub_due_at IS NOT NULL AS revoking,
       nullif(coalesce(s.token_expires_at,
                       CASE WHEN m.delivered_at IS NOT NULL THEN m.tokens_expire_at END),
              'epoch') AS token_expires_at,
       d.hub_id, h.name AS hub,
       d.serial_number, d.model, d.hardware_revision, d.building, d.room, d.gateway_id, d.attributes,
       d.manifest_id, m.factory, m.name AS manifest, d.line
  FROM device d
  JOIN manifest m USING (manifest_id)
  JOIN hub h USING (hub_id)
  LEFT JOIN device_status s USING (device_id);

-- Which of a hub's two keys tokens are signed with from now on; rotation moves it.
ALTER TABLE hub ADD COLUMN key_in_use text NOT NULL DEFAULT 'PRIMARY' CHECK (key_in_use IN ('PRIMARY', 'SECONDARY'));

-- A factory's list may name only its own devices, unless it is one whose word counts for all.
ALTER TABLE factory ADD COLUMN any_device boolean NOT NULL DEFAULT false;

-- Revocation lists. One is applied each time it arrives: sent again it means what it says once more.
CREATE TABLE revocation_list (
    list_id     integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    factory     text,
    arrival_id  bigint,
    round       bigint      NOT NULL,
    actor       text        NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name        text        NOT NULL,
    rows        bigint      NOT NULL,
    received_at timestamptz NOT NULL,
    columns     text[]      NOT NULL,
    applied_at  timestamptz,
    outbox      text,
    receipt     json
);

COMMENT ON COLUMN revocation_list.factory IS 'who sent it; NULL: an operator';
COMMENT ON COLUMN revocation_list.round IS 'how often an operator has applied this content before';

CREATE UNIQUE INDEX revocation_list_run ON revocation_list (sha256, coalesce(factory, ''), coalesce(arrival_id, 0), round);

-- What each chunk of a list did, written in its transaction.
CREATE TABLE revocation_count (
    list_id integer NOT NULL,
    action  text    NOT NULL,
    verdict text    NOT NULL,
    entries bigint  NOT NULL,
    PRIMARY KEY (list_id, action, verdict)
);

CREATE TABLE revocation_reject (
    list_id     integer NOT NULL,
    line        integer NOT NULL,
    device_id   text    NOT NULL,
    code        text    NOT NULL,
    column_name text    NOT NULL,
    value       text    NOT NULL,
    message     text    NOT NULL,
    PRIMARY KEY (list_id, line)
);

-- Entries whose time has not come. Removed in the transaction that applies them.
CREATE TABLE revocation_entry (
    list_id      integer     NOT NULL,
    line         integer     NOT NULL,
    device_id    uuid        NOT NULL,
    action       text        NOT NULL,
    reason       text        NOT NULL,
    behind       boolean     NOT NULL,
    effective_at timestamptz NOT NULL,
    PRIMARY KEY (list_id, line)
);

CREATE INDEX revocation_entry_effective ON revocation_entry (effective_at);
