-- What hubs are told about publishers, and what came of it.

-- Hubs that a device was at before the one it is at now. A token for one may still work there, so that hub too must be
-- told when the device goes out of service. Whoever moves a device while its old hub has not confirmed something yet
-- makes the row due at once.
CREATE TABLE former_hub (
    device_id        uuid        NOT NULL,
    hub_id           smallint    NOT NULL,
    left_at          timestamptz NOT NULL,
    token_expires_at timestamptz NOT NULL,
    closed_at        timestamptz,
    hub_due_at       timestamptz,
    hub_attempts     smallint    NOT NULL DEFAULT 0,
    hub_problem      text,
    PRIMARY KEY (device_id, hub_id)
);

COMMENT ON COLUMN former_hub.token_expires_at IS 'until when a token for that hub may work';
COMMENT ON COLUMN former_hub.closed_at IS
    'since when the publisher is to be revoked there whatever the device''s state; NULL: as the device''s state says';
COMMENT ON COLUMN former_hub.hub_due_at IS 'as in device_status';

CREATE INDEX former_hub_work ON former_hub (hub_id, hub_due_at) WHERE hub_due_at IS NOT NULL;

-- All that hubs are still to be told. `version`: what is told holds only as long as this is the same. `attempts` and
-- `problem`: how often it failed, and how the last time.
CREATE VIEW hub_work AS
SELECT hub_id, device_id, false AS former, state IS NOT NULL AS revoke, changed_at AS version,
       hub_due_at AS due_at, hub_attempts AS attempts, hub_problem AS problem
  FROM device_status
 WHERE hub_due_at IS NOT NULL
 UNION ALL
SELECT f.hub_id, f.device_id, true,
       f.closed_at IS NOT NULL
       OR EXISTS (SELECT FROM device_status s WHERE s.device_id = f.device_id AND s.state IS NOT NULL),
       coalesce(f.closed_at,
                (SELECT s.changed_at FROM device_status s WHERE s.device_id = f.device_id),
                f.left_at),
       f.hub_due_at, f.hub_attempts, f.hub_problem
  FROM former_hub f
 WHERE f.hub_due_at IS NOT NULL;

-- How it went with each hub, as a whole. While it is paused, nobody calls it.
CREATE TABLE hub_standing (
    hub_id       smallint    PRIMARY KEY,
    confirmed    bigint      NOT NULL DEFAULT 0,
    paused_until timestamptz,
    pauses       smallint    NOT NULL DEFAULT 0,
    trouble      text        CHECK (trouble IN ('THROTTLED', 'UNREACHABLE', 'FAILING', 'REFUSED')),
    problem      text,
    problem_at   timestamptz
);

COMMENT ON COLUMN hub_standing.confirmed IS 'how often it has confirmed something, ever';
COMMENT ON COLUMN hub_standing.pauses IS 'how many one after the other, without a success between them';
COMMENT ON COLUMN hub_standing.trouble IS 'NULL: the last call went well';

-- A device is still being revoked as long as any hub where a token of it may work has not confirmed.
CREATE OR REPLACE VIEW registry AS
SELECT d.device_id,
       coalesce(s.state,
                CASE WHEN m.delivered_at IS NULL OR s.token_expires_at = 'epoch' THEN 'REGISTERED'
                     ELSE 'PROVISIONED' END::device_state) AS state,
       s.state IS NOT NULL
       AND (s.hub_due_at IS NOT NULL
            OR EXISTS (SELECT FROM former_hub f WHERE f.device_id = d.device_id AND f.hub_due_at IS NOT NULL))
       AS revoking,
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
