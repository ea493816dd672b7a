-- The views that one reads. They are dropped and made anew whenever this file changes.

DROP VIEW IF EXISTS registry;
DROP VIEW IF EXISTS hub_work;
DROP VIEW IF EXISTS service_change;

-- Devices as people mean them. `revoking`: a hub where a token of it may work has not confirmed yet. A device that was
-- given a token of its own is PROVISIONED, whatever became of its manifest: its token is delivered, and only a sign of life
-- says that the device has it.
CREATE VIEW registry AS
SELECT d.device_id,
       coalesce(s.state,
                CASE WHEN coalesce(s.token_expires_at,
                                   CASE WHEN m.delivered_at IS NULL THEN 'epoch' ELSE m.tokens_expire_at END) = 'epoch'
                     THEN 'REGISTERED'
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
       d.manifest_id, m.factory, m.name AS manifest, d.line,
       w.first_at AS first_seen_at, CASE WHEN w.first_at IS NOT NULL THEN greatest(w.last_at, s.exchanged_at) END AS last_seen_at
  FROM device d
  JOIN manifest m USING (manifest_id)
  JOIN hub h USING (hub_id)
  LEFT JOIN device_status s USING (device_id)
  LEFT JOIN device_seen w USING (device_id);

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

-- Changes by which devices go out of service and come back; only among these change_id grows in the order of commits.
CREATE VIEW service_change AS
SELECT * FROM device_change WHERE action IN ('revoke', 'disable', 'enable', 'restore', 'retire', 'free');
