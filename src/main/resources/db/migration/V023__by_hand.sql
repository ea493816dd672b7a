-- Devices that people register one by one, and give their token.

-- Such a device needs a manifest like every other: one that nobody sent. A new one begins whenever a real manifest has
-- come since, so that manifest_id still grows with the place of the rows in `device`, which is what its block-range index
-- lives by. It is never delivered, so no bundle is ever made for its devices. `line` counts them; each has its row in
-- loaded_lines, so counts and moves between hubs take them for what they are.
ALTER TABLE manifest ADD COLUMN by_hand boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN manifest.by_hand IS
    'holds devices that were registered one by one: nobody sent it, and no list of manifests shows it';

-- A device that was given a token of its own is PROVISIONED, whatever became of its manifest.
CREATE OR REPLACE VIEW registry AS
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
       d.manifest_id, m.factory, m.name AS manifest, d.line
  FROM device d
  JOIN manifest m USING (manifest_id)
  JOIN hub h USING (hub_id)
  LEFT JOIN device_status s USING (device_id);

-- What was answered to requests that carried an Idempotency-Key. `request` is a hash: requests are not kept. No answer
-- that holds a token is kept either; of such a request it is only known that it was answered.
CREATE TABLE api_answer (
    caller       text        NOT NULL,
    key          text        NOT NULL,
    request      bytea       NOT NULL,
    began_at     timestamptz NOT NULL,
    status       integer,
    content_type text,
    location     text,
    body         bytea,
    PRIMARY KEY (caller, key)
);

COMMENT ON COLUMN api_answer.status IS 'NULL: it is being answered';
COMMENT ON COLUMN api_answer.body IS 'NULL: the answer held a token';

CREATE INDEX api_answer_began_at ON api_answer (began_at);
