-- What people see of manifests and their runs, without counting over them each time.

ALTER TABLE manifest
    ADD COLUMN accepted bigint GENERATED ALWAYS AS ((receipt ->> 'accepted')::bigint) STORED,
    ADD COLUMN rejected bigint GENERATED ALWAYS AS ((receipt ->> 'rejected')::bigint) STORED;

COMMENT ON COLUMN manifest.accepted IS 'as the receipt says; NULL until delivered';

CREATE INDEX manifest_open ON manifest (manifest_id) WHERE delivered_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX manifest_delivered ON manifest (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX manifest_of_factory ON manifest (factory, manifest_id);

-- Who sent it, where the source knows an account.
ALTER TABLE arrival ADD COLUMN sender text;

CREATE INDEX arrival_of_factory ON arrival (factory, arrival_id);
CREATE INDEX arrival_refused ON arrival (arrival_id) WHERE state = 'REFUSED';
CREATE INDEX arrival_open ON arrival (arrival_id) WHERE state IN ('WAITING', 'ANSWERING', 'FAILED');
CREATE INDEX unusable_message_received ON unusable_message (received_at);
CREATE INDEX arrival_ended ON arrival (ended_at) WHERE ended_at IS NOT NULL;

-- Who did something about a run.
CREATE INDEX audit_entry_execution ON audit_entry ((substring(subject FROM '^execution=([0-9]+)')::bigint), entry_id)
 WHERE subject LIKE 'execution=%';

-- Files that were uploaded to be looked at before anything is done with them. Each waits to be confirmed, when it
-- becomes an arrival, or discarded. The file lies in MUSTER_HOME/uploads under the upload's id.
CREATE TABLE checked_upload (
    upload_id   uuid         PRIMARY KEY,
    kind        arrival_kind NOT NULL,
    factory     text         NOT NULL,
    file_name   text         NOT NULL,
    account     text         NOT NULL,
    sha256      text         NOT NULL,
    bytes       bigint       NOT NULL,
    signature   text,
    uploaded_at timestamptz  NOT NULL,
    expires_at  timestamptz  NOT NULL,
    checked_at  timestamptz,
    seen_at     timestamptz  NOT NULL,
    rows_seen   bigint       NOT NULL DEFAULT 0,
    findings    json
);

COMMENT ON COLUMN checked_upload.sha256 IS 'of the file as it was sent';
COMMENT ON COLUMN checked_upload.seen_at IS 'last sign of life of whoever checks it';
COMMENT ON COLUMN checked_upload.findings IS 'NULL until checked';

CREATE INDEX checked_upload_expires ON checked_upload (expires_at);
