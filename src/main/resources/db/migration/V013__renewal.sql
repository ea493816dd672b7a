-- Tokens over time: which key signs what, renewals, rotation of keys.
--
-- Changes of keys are counted, over all hubs. How many there have been is a clock that no machine can set wrong: a bundle
-- or a token whose count is n is signed by the key that its hub had in use after the n-th change. Counted under the status
-- lock, see StatusLock.

ALTER TABLE hub
    ADD COLUMN key_since  integer NOT NULL DEFAULT 0,
    ADD COLUMN valid_since integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN hub.key_since IS 'the change of keys by which key_in_use came into use; 0: it always was';
COMMENT ON COLUMN hub.valid_since IS 'tokens that are signed as of an earlier change are of a key that is no more';

-- Fixed when the manifest settles, the last moment before any token exists.
ALTER TABLE manifest ADD COLUMN keys_at integer;
UPDATE manifest SET keys_at = 0;

ALTER TABLE device_status
    ADD COLUMN keys_at         integer,
    ADD COLUMN held_expires_at timestamptz;

UPDATE device_status SET held_expires_at = token_expires_at WHERE exchanged_at IS NOT NULL;

COMMENT ON COLUMN device_status.held_expires_at IS
    'a token that ends earlier is older than one the device has got; token_expires_at may be of a bundle that it has not got yet; NULL: as its manifest says';
COMMENT ON COLUMN device_status.keys_at IS 'of the token that the device was given last; NULL: as its manifest says';

CREATE TABLE key_rotation (
    rotation_id integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub_id      smallint    NOT NULL REFERENCES hub,
    from_key    text        NOT NULL,
    to_key      text        NOT NULL,
    switched    integer     NOT NULL,
    started_at  timestamptz NOT NULL,
    done_at     timestamptz
);

COMMENT ON COLUMN key_rotation.switched IS 'the change of keys that it began with';

CREATE UNIQUE INDEX key_rotation_open ON key_rotation (hub_id) WHERE done_at IS NULL;

-- New tokens for devices that have some already: one bundle of one factory.
CREATE TABLE renewal (
    renewal_id       integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    factory          text        NOT NULL,
    purpose          text        NOT NULL CHECK (purpose IN ('RENEW', 'ROTATE', 'REASSIGN')),
    hub_id           smallint    CHECK ((hub_id IS NOT NULL) >= (purpose = 'ROTATE')),
    ends_before      timestamptz CHECK ((ends_before IS NOT NULL) = (purpose = 'RENEW')),
    requested_at     timestamptz NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    selected_at      timestamptz,
    keys_at          integer,
    parts            integer,
    devices          bigint,
    delivered_at     timestamptz,
    outbox           text,
    receipt          json,
    abandoned_at     timestamptz,
    CHECK (delivered_at IS NULL OR abandoned_at IS NULL)
);

COMMENT ON COLUMN renewal.hub_id IS 'ROTATE: whose key changes; REASSIGN: which hub is drained, NULL: all are rebalanced';
COMMENT ON COLUMN renewal.ends_before IS 'RENEW: devices whose token ends before this';

CREATE INDEX renewal_unfinished ON renewal (renewal_id) WHERE delivered_at IS NULL AND abandoned_at IS NULL;

-- The devices of renewals that are under way; a device is in one at a time. Gone when the renewal is delivered.
CREATE TABLE renewal_device (
    device_id  uuid     PRIMARY KEY,
    renewal_id integer  NOT NULL,
    part       integer  NOT NULL,
    hub_id     smallint NOT NULL
);

COMMENT ON COLUMN renewal_device.hub_id IS 'the hub that its new token is for';

CREATE INDEX renewal_device_part ON renewal_device (renewal_id, part);

CREATE TABLE renewal_part (
    renewal_id integer NOT NULL,
    part       integer NOT NULL,
    name       text    NOT NULL,
    staged     text    NOT NULL,
    sha256     text    NOT NULL,
    bytes      bigint  NOT NULL,
    devices    bigint  NOT NULL,
    PRIMARY KEY (renewal_id, part)
);

-- Bundles that moved devices from a rotation's old key to its new one, whatever they were made for. Before the old key
-- goes, each one's factory must have confirmed that the tokens are in their devices.
CREATE TABLE rotation_bundle (
    rotation_id  integer     NOT NULL REFERENCES key_rotation,
    renewal_id   integer     NOT NULL REFERENCES renewal,
    devices      bigint      NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (rotation_id, renewal_id)
);
