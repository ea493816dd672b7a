-- Muster's schema. Tables stand under the module that owns them. Views are in R__registry.sql.

CREATE FUNCTION only_ever_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to.', TG_TABLE_NAME;
END $$;

-------------------------------------------------------------------------------------------------------------- run

-- Which process holds a run, as a number that grows whenever somebody takes the run's lock; see RunLock. Each of a run's
-- transactions shares the row's lock to its end.
CREATE TABLE run_holder (
    lock_key bigint PRIMARY KEY,
    holder   bigint NOT NULL
);

-- The partitions of steps that a run offers to all instances, and who has taken which; see SharedParts. Who leads the run
-- and who works on a partition are numbers: whoever has lost his commits nothing. Numbers and names only, no row of a manifest.
CREATE TABLE run_part (
    step_execution_id bigint  PRIMARY KEY, -- Spring Batch's, as the next one
    job_execution_id  bigint  NOT NULL,
    lock_key          bigint  NOT NULL,
    leader_number     bigint  NOT NULL,
    open              boolean NOT NULL DEFAULT true,
    worker_number     integer NOT NULL DEFAULT 0,
    worker            text, -- host/process
    taken_at          timestamptz,
    problem           text, -- why it failed; null: it did not, or its worker was lost and others go on
    exit_code         text
);
CREATE INDEX run_part_open ON run_part (job_execution_id) WHERE open;

---------------------------------------------------------------------------------------------------------- factory

-- Who may send manifests. The id names folders in the outbox, so it is kept narrow here too.
CREATE TABLE factory (
    id             text        PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    recipients     text[]      NOT NULL CHECK (cardinality(recipients) > 0),
    hubs           text[]      NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT now(),
    signing_keys   text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(signing_keys) <= 2),
    any_device     boolean     NOT NULL DEFAULT false,
    max_rejects    text        CHECK (max_rejects ~ '^([0-9]{1,12}|[0-9]{1,3}([.][0-9]{1,6})?%)$'),
    token_lifetime interval    CHECK (token_lifetime >= interval '1 minute'),
    updates        boolean     NOT NULL DEFAULT false,
    deliver        text        CHECK (deliver IN ('FOLDER', 'BLOB', 'SFTP', 'API')),
    file_format    json,
    revocation_ceiling text,
    contact        text,
    contact_language text    CHECK (contact_language IN ('en', 'de', 'fr')),
    suspended      boolean     NOT NULL DEFAULT false,
    valid_until    date,
    max_devices    bigint      CHECK (max_devices > 0),
    max_devices_a_day bigint   CHECK (max_devices_a_day > 0)
);

-- What was trusted of factories that were removed: adding one again with other keys, or without its ceiling, is a change
-- of these.
CREATE TABLE former_factory (
    factory     text    PRIMARY KEY,
    recipients  text[]  NOT NULL,
    signing_keys text[] NOT NULL,
    any_device  boolean NOT NULL,
    revocation_ceiling text
);

COMMENT ON COLUMN factory.signing_keys IS
    'Ed25519, SubjectPublicKeyInfo in Base64: it must sign what it sends by itself, with one of them; none: it need not';
COMMENT ON COLUMN factory.hubs IS 'by their names, among which its devices are put; none: any';
COMMENT ON COLUMN factory.any_device IS 'its lists may name devices of all factories, not only its own';
COMMENT ON COLUMN factory.max_rejects IS 'a number of rows, or a percentage; NULL: as configured for all';
COMMENT ON COLUMN factory.token_lifetime IS 'NULL: as configured for all';
COMMENT ON COLUMN factory.file_format IS 'how its files differ from everybody''s, see ManifestFormat; NULL: they do not';
COMMENT ON COLUMN factory.revocation_ceiling IS
    'how many devices a list may take out of service on one person''s word, see Ceiling; NULL: as configured for all';
COMMENT ON COLUMN factory.updates IS 'whether its manifests change devices that are there when nobody says';
COMMENT ON COLUMN factory.contact IS 'whom operators ask about it';
COMMENT ON COLUMN factory.contact_language IS 'of mails to its contact; NULL: en';
COMMENT ON COLUMN factory.suspended IS 'nothing new is taken from it; its lists are, and its devices renew';
COMMENT ON COLUMN factory.valid_until IS 'the last day (UTC) on which it is as if it were not suspended';
COMMENT ON COLUMN factory.max_devices_a_day IS 'on one day (UTC)';
COMMENT ON COLUMN factory.deliver IS 'where its bundles are brought; NULL: where it last sent';

------------------------------------------------------------------------------------------------- hubs and their keys

-- Hubs by a short number, because a million device rows name theirs.
--
-- Changes of keys are counted, over all hubs. How many there have been is a clock that no machine can set wrong: a bundle
-- or a token whose count (keys_at) is n is signed by the key that its hub had in use after the n-th change. Counted under
-- the status lock, see StatusLock.
CREATE TABLE hub (
    hub_id      smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text     NOT NULL UNIQUE,
    key_in_use  text     NOT NULL DEFAULT 'PRIMARY' CHECK (key_in_use IN ('PRIMARY', 'SECONDARY')),
    key_since   integer  NOT NULL DEFAULT 0,
    valid_since integer  NOT NULL DEFAULT 0
);

COMMENT ON COLUMN hub.key_in_use IS 'which of its two keys tokens are signed with from now on; rotation moves it';
COMMENT ON COLUMN hub.key_since IS 'the change of keys by which key_in_use came into use; 0: it always was';
COMMENT ON COLUMN hub.valid_since IS 'tokens that are signed as of an earlier change are of a key that is no more';

----------------------------------------------------------------------------------------------------------- bundle

-- What a factory gets: tokens for devices of it, in one folder. A manifest or a renewal refers to its own.
--
-- publishing_at is committed before the folder can appear: from then on it may be in somebody's hands, whether it
-- still lies there or not.
CREATE TABLE bundle (
    bundle_id        integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run              bigint      NOT NULL UNIQUE,
    factory          text        NOT NULL,
    purpose          text        NOT NULL CHECK (purpose IN ('PROVISION', 'RENEW', 'ROTATE', 'REASSIGN')),
    name             text        NOT NULL,
    recipients       text[]      NOT NULL CHECK (cardinality(recipients) > 0),
    keys_at          integer     NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    token_seconds    bigint      NOT NULL,
    parts            integer     NOT NULL,
    devices          bigint      NOT NULL,
    arrival_id       bigint,
    remarks          text[]      NOT NULL DEFAULT '{}',
    begun_at         timestamptz NOT NULL,
    publishing_at    timestamptz,
    outbox           text,
    receipt          json,
    old_tokens_end   timestamptz,
    delivered_at     timestamptz,
    given_up_at      timestamptz,
    CHECK (delivered_at IS NULL OR given_up_at IS NULL),
    CHECK ((publishing_at IS NOT NULL) = (outbox IS NOT NULL AND receipt IS NOT NULL)),
    CHECK (starts_with(outbox, 'outbox/' || factory || '/')),
    CHECK (delivered_at IS NULL OR publishing_at IS NOT NULL)
);

COMMENT ON COLUMN bundle.run IS 'the job instance that makes it';
COMMENT ON COLUMN bundle.recipients IS
    'fixed when it is begun, and again when the factory''s keys are changed before it is published';
COMMENT ON COLUMN bundle.keys_at IS 'see hub';
COMMENT ON COLUMN bundle.arrival_id IS 'whose answer it is; NULL: nobody''s';
COMMENT ON COLUMN bundle.token_seconds IS 'how long its tokens were to live';
COMMENT ON COLUMN bundle.outbox IS
    'the key of its folder in the store: instances may call the store, or their homes, differently';
COMMENT ON COLUMN bundle.old_tokens_end IS 'of the tokens that its own replace, when it is published';
COMMENT ON COLUMN bundle.remarks IS 'what became different while it was made, as sentences';
COMMENT ON COLUMN bundle.given_up_at IS 'withdrawn, abandoned, or found to be for nobody';

CREATE INDEX bundle_delivered ON bundle (delivered_at, bundle_id) WHERE delivered_at IS NOT NULL;

-- Its encrypted parts that lie finished in the staging folder or the outbox, with what they were made for.
CREATE TABLE bundle_part (
    bundle_id        integer     NOT NULL,
    part             integer     NOT NULL,
    name             text        NOT NULL,
    staged           text        NOT NULL,
    sha256           text        NOT NULL,
    bytes            bigint      NOT NULL,
    devices          bigint      NOT NULL,
    recipients       text[]      NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    PRIMARY KEY (bundle_id, part),
    CHECK (position('/' IN name) = 0)
);

COMMENT ON COLUMN bundle_part.staged IS
    'what it is called until its bundle is published: each execution writes files of its own';

--------------------------------------------------------------------------------------------------------- registry

-- The device registry, and what each manifest brought to it.
--
-- What is true of a whole manifest (delivered, when its tokens end) stands once, in the manifest's row;
-- a device's row holds only what is its own. So a million devices become PROVISIONED by one update of one
-- row, in the transaction that delivers their bundle. Read devices through the view `registry`, which
-- joins the two.

CREATE TYPE device_state AS ENUM ('REGISTERED', 'PROVISIONED', 'DISABLED', 'REVOKED', 'RETIRED');

CREATE TABLE manifest (
    manifest_id      integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    factory          text        NOT NULL,
    sha256           text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    name             text        NOT NULL,
    columns          text[]      NOT NULL,
    rows             bigint      NOT NULL,
    blank_rows       bigint      NOT NULL DEFAULT 0,
    warnings         text[]      NOT NULL DEFAULT '{}',
    received_at      timestamptz NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    bundle_id        integer     UNIQUE,
    keys_at          integer,
    delivered_at     timestamptz,
    outbox           text,
    receipt          json,
    accepted         bigint      GENERATED ALWAYS AS ((receipt ->> 'accepted')::bigint) STORED,
    rejected         bigint      GENERATED ALWAYS AS ((receipt ->> 'rejected')::bigint) STORED,
    withdrawn_at     timestamptz,
    by_hand          boolean     NOT NULL DEFAULT false,
    updates          text        NOT NULL DEFAULT 'NONE' CHECK (updates IN ('NONE', 'VALUES', 'VALUES_AND_PLACES')),
    CHECK (delivered_at IS NULL OR withdrawn_at IS NULL)
);

COMMENT ON COLUMN manifest.bundle_id IS 'of its bundle, once it is begun';
COMMENT ON COLUMN manifest.keys_at IS
    'fixed when the manifest settles, the last moment before any token exists; see hub';
COMMENT ON COLUMN manifest.updates IS 'what it may change of devices that are there, see Updates';
COMMENT ON COLUMN manifest.accepted IS 'as the receipt says; NULL until delivered';

-- Devices that people register one by one need a manifest like every other: one that nobody sent. A new one begins
-- whenever a real manifest has come since, so that manifest_id still grows with the place of the rows in `device`, which
-- is what its block-range index lives by. It is never delivered, so no bundle is ever made for its devices, and none moves
-- them to another hub. `line` counts them; each has its row in loaded_lines, so counts take them for what they are.
COMMENT ON COLUMN manifest.by_hand IS
    'holds devices that were registered one by one: nobody sent it, and no list of manifests shows it';

-- A manifest is its content: sent twice, it is provisioned once. A withdrawn one may come again.
CREATE UNIQUE INDEX manifest_content ON manifest (factory, sha256) WHERE withdrawn_at IS NULL;

-- How often a content came before and was withdrawn is asked at every run.
CREATE INDEX manifest_history ON manifest (factory, sha256);

-- What people see of manifests and their runs, without counting over them each time.
CREATE INDEX manifest_open ON manifest (manifest_id) WHERE delivered_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX manifest_delivered ON manifest (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX manifest_of_factory ON manifest (factory, manifest_id);

-- By how it begins, as people look for one.
CREATE INDEX manifest_name ON manifest (lower(name) COLLATE "C");
CREATE INDEX manifest_sha256 ON manifest (sha256 COLLATE "C");

-- No foreign keys on device: their per-row triggers would double the time of a bulk load. Rows are only
-- written by DeviceLoader, in the transaction of a run whose manifest and hubs exist.
CREATE TABLE device (
    device_id         uuid     PRIMARY KEY,
    manifest_id       integer  NOT NULL,
    line              integer  NOT NULL,
    hub_id            smallint NOT NULL,
    serial_number     text,
    model             text,
    hardware_revision text,
    building          text,
    room              text,
    attributes        jsonb,
    gateway_id        uuid
)
-- What was loaded since the last vacuum is in no block range, so all of it is read for each look: a fifth of a large
-- table, as PostgreSQL would have it.
WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000);

COMMENT ON COLUMN device.gateway_id IS 'the device behind which it stands, which is a device too';

-- Finds a manifest's rows, which lie together because they were loaded together. A block-range index costs
-- a bulk load next to nothing; a B-tree here would cost it a fifth of its speed. It is read whole for each look, so it
-- holds nothing else.
CREATE INDEX device_manifest ON device USING brin (manifest_id, line) WITH (pages_per_range = 64);

-- Finds a serial number: a block of pages says by its Bloom filter that it can't hold it; where it may, the block is
-- read. That costs the load a fourteenth (see docs/benchmarks.md); a B-tree would cost it a fifth. Two filters fill a page,
-- so fewer wrong answers would cost twice the room.
CREATE INDEX device_serial ON device
    USING brin (serial_number text_bloom_ops(n_distinct_per_range = 2500, false_positive_rate = 0.0025))
    WITH (pages_per_range = 32);

CREATE INDEX device_gateway ON device (gateway_id) WHERE gateway_id IS NOT NULL;

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
    unchanged   integer  NOT NULL DEFAULT 0,
    places_kept integer  NOT NULL DEFAULT 0,
    PRIMARY KEY (manifest_id, first_line, hub_id)
);

COMMENT ON COLUMN loaded_lines.places_kept IS 'devices that stay where somebody has put them, though their row says otherwise';

-- What a manifest is to change of devices that are there: put by in the chunk's transaction, and written to `device` when
-- its bundle is published, a page at a time, which empties this again. `changed` is an object of [was, becomes] by column.
CREATE TABLE device_update (
    manifest_id integer NOT NULL,
    line        integer NOT NULL,
    device_id   uuid    NOT NULL,
    changed     jsonb   NOT NULL,
    PRIMARY KEY (manifest_id, line)
);

-- What was done to devices where they are, and their installation. Its period is of done_at, which somebody says: it may lie
-- long before the row.
CREATE TABLE service_record (
    record_id   bigint      GENERATED ALWAYS AS IDENTITY,
    device_id   uuid        NOT NULL,
    factory     text        NOT NULL,
    installed   boolean     NOT NULL,
    done_at     timestamptz NOT NULL,
    what        text        NOT NULL,
    note        text,
    actor       text        NOT NULL,
    account     text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (device_id, record_id)
);

COMMENT ON COLUMN service_record.factory IS 'whose device it is, which does not change';
COMMENT ON COLUMN service_record.installed IS 'written when it was installed; its place is the note';
COMMENT ON COLUMN service_record.actor IS 'as in audit_entry, and account';

CREATE UNIQUE INDEX service_record_order ON service_record (record_id);
CREATE INDEX service_record_factory ON service_record (factory, record_id);
CREATE INDEX service_record_account ON service_record (account, done_at);
-- A period: records are written about when it was done
CREATE INDEX service_record_done ON service_record USING brin (done_at);

-- Devices whose claim code somebody has shown: it is good once.
CREATE TABLE device_claim (
    device_id  uuid        PRIMARY KEY,
    claimed_at timestamptz NOT NULL,
    actor      text        NOT NULL
);

-- Retired devices of which something is still to be removed: their data once it has been kept long enough, and, where ids
-- become free, the device itself. A row goes with the last of it.
CREATE TABLE retired_device (
    device_id  uuid        PRIMARY KEY,
    retired_at timestamptz NOT NULL,
    emptied    boolean     NOT NULL DEFAULT false
);

COMMENT ON COLUMN retired_device.emptied IS 'its data is removed; its id waits until it can be free';

CREATE INDEX retired_device_due ON retired_device (retired_at);

---------------------------------------------------------------------------------------------- status of single devices

-- What became of single devices: revoked, disabled, given a token of their own. A device has a row here only
-- once something did, so a bulk load writes nothing here; and a device that the registry does not know can
-- have one: it is then revoked before it came.
CREATE TABLE device_status (
    device_id        uuid         PRIMARY KEY,
    state            device_state CHECK (state IN ('DISABLED', 'REVOKED', 'RETIRED')),
    changed_at       timestamptz  NOT NULL,
    list_id          integer,
    line             integer,
    hub_id           smallint,
    token_expires_at timestamptz,
    hub_due_at       timestamptz,
    hub_attempts     smallint     NOT NULL DEFAULT 0,
    hub_problem      text,
    exchanged_at     timestamptz,
    keys_at          integer,
    token_bundle     integer,
    held_expires_at  timestamptz,
    issued_until     timestamptz,
    by_factory       text,
    said_again       boolean      NOT NULL DEFAULT false
);

COMMENT ON COLUMN device_status.state IS 'NULL: what its manifest makes of it';
COMMENT ON COLUMN device_status.list_id IS 'the revocation list, and its line, of the last change';
COMMENT ON COLUMN device_status.hub_id IS 'NULL: the registry does not know the device';
COMMENT ON COLUMN device_status.token_expires_at IS
    'NULL: as its manifest says; the epoch: it has no token, because it was out of service when its manifest was delivered';
COMMENT ON COLUMN device_status.token_bundle IS
    'of a renewal, whose token it was given last; NULL: that of its manifest, or, with a token_expires_at, one that it exchanged or somebody made';
COMMENT ON COLUMN device_status.hub_due_at IS
    'when to tell the hub that the publisher is revoked (state set) or is not (state NULL); NULL: the hub has confirmed';
COMMENT ON COLUMN device_status.exchanged_at IS 'when the device last got a fresh token for an old one; NULL: never';
COMMENT ON COLUMN device_status.keys_at IS 'of the token that the device was given last; NULL: as its manifest says';
COMMENT ON COLUMN device_status.held_expires_at IS
    'a token that ends earlier is older than one the device has got; token_expires_at may be of a bundle that it has not got yet; NULL: as its manifest says';

COMMENT ON COLUMN device_status.issued_until IS
    'the end of the token of all the device''s that ends last; NULL: as its manifest says';
COMMENT ON COLUMN device_status.by_factory IS
    'whose list alone took the device out of service, and may bring it back; NULL: somebody else, or several, said so';

COMMENT ON COLUMN device_status.said_again IS
    'another list, or somebody, has said since that it is to be out of service: what its list did can''t be undone alone';

-- What is due next, and, from the index alone, how much there is of a hub and of a list.
CREATE INDEX device_status_hub_work ON device_status (hub_id, hub_due_at, list_id) WHERE hub_due_at IS NOT NULL;
CREATE INDEX device_status_hub_problem ON device_status (hub_id)
 WHERE hub_due_at IS NOT NULL AND hub_problem IS NOT NULL;

-- Few of all: without it, all that ever happened to a device is read to find some.
CREATE INDEX device_status_disabled ON device_status (device_id) WHERE state = 'DISABLED';
CREATE INDEX device_status_retired ON device_status (device_id) WHERE state = 'RETIRED';

CREATE INDEX device_status_unknown ON device_status (device_id) WHERE hub_id IS NULL AND state IS NOT NULL;

-- Manifests of which a device was taken out of service, or brought back, before their tokens were delivered: some of
-- their devices may be without a token when all the others have one. Also those of which a device was given a token by hand
-- before: it has one when the others have none. Hardly any are, and without this all of device_status
-- is read to find them; an index would cost every renewal and exchange, which change token_expires_at, a second page.
CREATE TABLE token_withheld (
    manifest_id integer PRIMARY KEY
);

-- Every change of a single device. Only ever added to. Whoever takes a device out of service or brings it back holds the
-- lock DEVICE_STATUS (see TransactionLock), so among those change_id grows in the order of commits: it is what the deny list
-- counts versions by, see the view service_change.
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
    manifest_id integer,
    changed    jsonb,
    PRIMARY KEY (device_id, change_id)
);

COMMENT ON COLUMN device_change.was IS 'NULL: the registry did not know the device';
COMMENT ON COLUMN device_change.line IS 'of the list, or of the manifest';
COMMENT ON COLUMN device_change.changed IS 'what a manifest changed: an object of [was, becomes] by column';

-- Asked for the highest number every second, which a BRIN index can't answer. The numbers only grow, so a
-- B-tree is written at its right end alone.
CREATE UNIQUE INDEX device_change_order ON device_change (change_id)
 WHERE action IN ('revoke', 'disable', 'enable', 'restore', 'retire', 'free');

CREATE TRIGGER device_change_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON device_change
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added_to();

-- Hubs that a device was at before the one it is at now. A token for one may still work there, so that hub too must be
-- told when the device goes out of service. Whoever moves a device while its old hub has not confirmed something yet
-- makes the row due at once.
CREATE TABLE former_hub (
    device_id        uuid        NOT NULL,
    hub_id           smallint    NOT NULL,
    renewal_id       integer     NOT NULL,
    left_at          timestamptz NOT NULL,
    token_expires_at timestamptz NOT NULL,
    closed_at        timestamptz,
    hub_due_at       timestamptz,
    hub_attempts     smallint    NOT NULL DEFAULT 0,
    hub_problem      text,
    PRIMARY KEY (device_id, hub_id)
);

COMMENT ON COLUMN former_hub.renewal_id IS 'the move in which it was left; whoever has that one''s tokens, or later ones, is done with the hub';
COMMENT ON COLUMN former_hub.token_expires_at IS 'until when a token for that hub may work';
COMMENT ON COLUMN former_hub.closed_at IS
    'since when the publisher is to be revoked there whatever the device''s state; NULL: as the device''s state says';
COMMENT ON COLUMN former_hub.hub_due_at IS 'as in device_status';

CREATE INDEX former_hub_open ON former_hub (renewal_id) WHERE closed_at IS NULL;
CREATE INDEX former_hub_work ON former_hub (hub_id, hub_due_at) WHERE hub_due_at IS NOT NULL;

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

------------------------------------------------------------------------------------------------------------- seen

-- First and last sign of life of devices: one that never gave any has no row, so a bulk load writes nothing here. An
-- exchange writes here the first time only; when the last one was, device_status says. See the columns of the view registry.
--
-- Only devices that somebody has a token of are written down. No withdrawal takes those out of the registry (see
-- Manifests.withdraw); a retired one whose id becomes free takes its row with it.
CREATE TABLE device_seen (
    device_id uuid        PRIMARY KEY,
    first_at  timestamptz NOT NULL,
    first_by  text        NOT NULL CHECK (first_by IN ('EXCHANGE', 'API', 'COMMAND', 'KAFKA')),
    last_at   timestamptz NOT NULL,
    last_by   text        NOT NULL CHECK (last_by IN ('EXCHANGE', 'API', 'COMMAND', 'KAFKA')),
    CHECK (first_at <= last_at)
)
-- Room to write a later time into the same page, without touching the index.
WITH (fillfactor = 80);

-- How many devices of a manifest were seen, written in the transaction that sees them, so that none need be counted. Each
-- connection to the database counts in a row of its own, mostly: the sum is meant.
CREATE TABLE seen_count (
    manifest_id integer  NOT NULL,
    slot        smallint NOT NULL,
    devices     bigint   NOT NULL,
    PRIMARY KEY (manifest_id, slot)
) WITH (fillfactor = 50);

--------------------------------------------------------------------------------------------------------- exchange

-- Devices that presented an old token after a newer one had been issued: an answer was lost, or there are two that
-- hold tokens of one device. A device has one row, however often it does so.
CREATE TABLE token_report (
    device_id        uuid        PRIMARY KEY,
    presented_expiry timestamptz NOT NULL,
    current_expiry   timestamptz NOT NULL,
    remote_address   text        NOT NULL,
    first_at         timestamptz NOT NULL,
    at               timestamptz NOT NULL,
    times            bigint      NOT NULL DEFAULT 1
);

COMMENT ON TABLE token_report IS 'expiries, address and at are those of the last time';

CREATE INDEX token_report_at ON token_report (at);

-- Exchanges that were refused, of tokens whose signature is genuine and devices that the registry knows: a stranger can
-- write nothing here. A device has one row a reason, however often it comes.
CREATE TABLE exchange_refusal (
    device_id uuid        NOT NULL,
    reason    text        NOT NULL,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    times     bigint      NOT NULL,
    PRIMARY KEY (device_id, reason)
) WITH (fillfactor = 80);

---------------------------------------------------------------------------------------------------------- renewal

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
    to_hub           smallint    CHECK (to_hub IS NULL OR purpose = 'REASSIGN' AND choice IS NOT NULL),
    choice           uuid        CHECK (choice IS NULL OR purpose IN ('RENEW', 'REASSIGN') AND hub_id IS NULL),
    ends_before      timestamptz CHECK ((ends_before IS NOT NULL) = (purpose = 'RENEW' AND choice IS NULL)),
    requested_at     timestamptz NOT NULL,
    tokens_expire_at timestamptz NOT NULL,
    selected_at      timestamptz,
    bundle_id        integer     UNIQUE,
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
COMMENT ON COLUMN renewal.to_hub IS 'where chosen devices are sent; NULL: where the weights and the rules want them';
COMMENT ON COLUMN renewal.choice IS 'only devices that somebody chose';
COMMENT ON COLUMN renewal.ends_before IS 'RENEW: devices whose token ends before this';

CREATE INDEX renewal_unfinished ON renewal (renewal_id) WHERE delivered_at IS NULL AND abandoned_at IS NULL;

-- Devices that somebody chose to renew or to move. Gone when the last renewal of them is done, or the choice is dropped.
CREATE TABLE renewal_choice (
    choice    uuid NOT NULL,
    device_id uuid NOT NULL,
    PRIMARY KEY (choice, device_id)
);

-- The devices of renewals that are under way; a device is in one at a time. Gone when it is written down that the device
-- has its new token, a page at a time, and when the renewal is given up.
CREATE TABLE renewal_device (
    device_id  uuid     PRIMARY KEY,
    renewal_id integer  NOT NULL,
    part       integer  NOT NULL,
    hub_id     smallint NOT NULL
);

COMMENT ON COLUMN renewal_device.hub_id IS 'the hub that its new token is for';

CREATE INDEX renewal_device_part ON renewal_device (renewal_id, part, device_id);

-- Bundles that moved devices from a rotation's old key to its new one, whatever they were made for; or away from its hub,
-- also before it began. Before the old key goes, each one's factory must have confirmed that the tokens are in their devices.
CREATE TABLE rotation_bundle (
    rotation_id  integer     NOT NULL REFERENCES key_rotation,
    renewal_id   integer     NOT NULL REFERENCES renewal,
    devices      bigint      NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (rotation_id, renewal_id)
);

-- Of which manifests' devices it was said that their tokens end and nothing renews them, and up to when.
CREATE TABLE token_end_notice (
    manifest_id integer     PRIMARY KEY,
    told_at     timestamptz NOT NULL,
    told_until  timestamptz NOT NULL
);

COMMENT ON COLUMN token_end_notice.told_until IS 'of tokens that end later it was not said';

------------------------------------------------------------------------------------------------------- revocation

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
    warnings    text[]      NOT NULL,
    signed_at   timestamptz,
    sent_by     text        NOT NULL,
    effect      json,
    held        boolean     NOT NULL DEFAULT false,
    approved_by text,
    approved_at timestamptz,
    given_up_at timestamptz,
    undo_account  text,
    undo_asked_by text,
    undo_asked_at timestamptz,
    undone_by   text,
    undone_at   timestamptz,
    applied_at  timestamptz,
    outbox      text,
    receipt     json
);

CREATE INDEX revocation_list_name ON revocation_list (lower(name) COLLATE "C");
CREATE INDEX revocation_list_sha256 ON revocation_list (sha256 COLLATE "C");

CREATE INDEX revocation_list_signed ON revocation_list (factory, signed_at) WHERE signed_at IS NOT NULL;

COMMENT ON COLUMN revocation_list.signed_at IS 'when its factory signed it; NULL: it does not sign';
COMMENT ON COLUMN revocation_list.factory IS 'who sent it; NULL: an operator';
COMMENT ON COLUMN revocation_list.sent_by IS 'on whose word it began, as an account: somebody else approves it';
COMMENT ON COLUMN revocation_list.effect IS 'what it would do, looked at before anything of it was applied, see ListEffect';
COMMENT ON COLUMN revocation_list.undo_asked_by IS 'undoing it brings back more than the ceiling: who wanted that first, and which account that is';
COMMENT ON COLUMN revocation_list.held IS 'it needs a second person''s word; approved_by, a name, gave it';
COMMENT ON COLUMN revocation_list.given_up_at IS 'when its run was abandoned; one whose arrival is refused is given up, too';
COMMENT ON COLUMN revocation_list.receipt IS 'written, as outbox is, before its report appears; applied_at once it did';
COMMENT ON COLUMN revocation_list.round IS 'how often an operator had applied this content, or given it up, before';

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

---------------------------------------------------------------------------------------------------------- denylist

-- How far the deny list is told where it can't be seen from what is there: in the files it can (the index
-- names its version), in a topic it can't.
CREATE TABLE deny_list_publication (
    destination  text        PRIMARY KEY,
    version      bigint      NOT NULL,
    published_at timestamptz NOT NULL
);

COMMENT ON COLUMN deny_list_publication.version IS 'every change up to and with this device_change.change_id is confirmed';

---------------------------------------------------------------------------------------------------------- arrival

-- The inbox. Every source writes one row here, and only then commits its offset, checkpoint or move: what
-- is acknowledged is never lost, and what comes again is known.
--
-- A row waits until an instance claims it. What a claim means ends with its instance: see `instance`.
-- Revocation lists arrive like manifests, and wait for the nightly run unless configured otherwise: then
-- they are due at 'infinity' until it comes.

CREATE TYPE arrival_state AS ENUM ('WAITING', 'ANSWERING', 'DONE', 'REFUSED', 'FAILED');

CREATE TYPE arrival_kind AS ENUM ('MANIFEST', 'REVOCATIONS');

CREATE TABLE arrival (
    arrival_id       bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source           text          NOT NULL,
    source_id        text          COLLATE "C" NOT NULL,
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
    told             text,
    outcome          json,
    ended_at         timestamptz,
    kind             arrival_kind  NOT NULL DEFAULT 'MANIFEST',
    sender           text,
    sender_account   text,
    factory_known    boolean       NOT NULL DEFAULT true,
    updates          text          CHECK (updates IN ('NONE', 'VALUES', 'VALUES_AND_PLACES')),
    large            boolean       NOT NULL DEFAULT false,
    UNIQUE (source, source_id),
    CHECK (state <> 'ANSWERING' OR verdict IS NOT NULL),
    CHECK ((told IS NULL) = (problem IS NULL))
);

COMMENT ON COLUMN arrival.source_id IS 'by its bytes, so that the index finds those that begin alike in any database';
COMMENT ON COLUMN arrival.updates IS 'what it may change of devices that are there, as its sender says; NULL: as its factory may';
COMMENT ON COLUMN arrival.problem IS 'why it waits, failed or was refused, for who sees the whole service; may name what is of this machine';
COMMENT ON COLUMN arrival.told IS 'the same for its sender, wherever it reads it';
COMMENT ON COLUMN arrival.sender IS 'who sent it, where the source knows an account';
COMMENT ON COLUMN arrival.sender_account IS 'the same, for good: another one must approve its list when that is held';
COMMENT ON COLUMN arrival.factory_known IS 'whether its factory was there when it came in: then its sender counts on it';

COMMENT ON COLUMN arrival.large IS 'a manifest that takes an instance long; it leaves a place to others';

-- Whose turn is next: which factories have something waiting, and each one's oldest; what is at work; whose turn was when.
CREATE INDEX arrival_waiting ON arrival (kind, large, factory, due_at, arrival_id) WHERE state IN ('WAITING', 'ANSWERING');
CREATE INDEX arrival_claimed ON arrival (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX arrival_turn ON arrival (factory, started_at) WHERE started_at IS NOT NULL;
CREATE INDEX arrival_failed ON arrival (factory) WHERE state = 'FAILED';
CREATE INDEX arrival_of_factory ON arrival (factory, arrival_id);
CREATE INDEX arrival_refused ON arrival (arrival_id) WHERE state = 'REFUSED';
-- How many lately, however many arrivals a day has
CREATE INDEX arrival_refused_lately ON arrival (ended_at, factory) WHERE state = 'REFUSED';
CREATE INDEX arrival_open ON arrival (arrival_id) WHERE state IN ('WAITING', 'ANSWERING', 'FAILED');
CREATE INDEX arrival_ended ON arrival (ended_at) WHERE ended_at IS NOT NULL;

-- Manifests that came whole in a message. They are small (a broker's limit is a megabyte or so), and a
-- message may be gone from the broker before its turn comes. Removed when the arrival is done.
CREATE TABLE arrival_content (
    arrival_id bigint PRIMARY KEY REFERENCES arrival ON DELETE CASCADE,
    content    bytea  NOT NULL
);

-- Messages that can never become an arrival; old ones make room for new ones.
CREATE TABLE unusable_message (
    source      text        NOT NULL,
    source_id   text        NOT NULL,
    problem     text        NOT NULL,
    message     bytea       NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, source_id)
);

CREATE INDEX unusable_message_received ON unusable_message (received_at);

-- What lies where files are put down and no source takes, as it was when the source was last looked at.
CREATE TABLE untaken_file (
    source        text        NOT NULL,
    place         text        NOT NULL,
    name          text        NOT NULL,
    factory       text,
    why           text        NOT NULL,
    advice        text        NOT NULL,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, place, name)
);

COMMENT ON COLUMN untaken_file.factory IS 'in whose folder it lies; NULL: nobody''s';

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

---------------------------------------------------------------------------------------------------------- outcome

-- What is still to be told, by destination. Written in the transaction that ends an arrival, deleted in the
-- one in which its destination confirmed it.
CREATE TABLE outcome (
    outcome_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    destination text        NOT NULL,
    factory     text,
    event       json        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX outcome_waiting ON outcome (destination, outcome_id);

-- Events of which somebody was notified, or is to be: a row a recipient.
CREATE TABLE notification (
    notification_id bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel      text        NOT NULL CHECK (channel IN ('WEBHOOK', 'MAIL')),
    recipient    text        NOT NULL,
    factory      text,
    event_id     text        NOT NULL,
    type         text        NOT NULL,
    subject      text        NOT NULL,
    event        json        NOT NULL,
    event_here   json,
    happened_at  timestamptz NOT NULL,
    due_at       timestamptz,
    attempts     integer     NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    status       integer,
    problem      text,
    taken_at     timestamptz,
    UNIQUE (event_id, channel, recipient)
);

CREATE INDEX notification_due ON notification (channel, recipient, due_at) WHERE due_at IS NOT NULL;

COMMENT ON COLUMN notification.recipient IS
    'a webhook''s name; by mail: mailbox, factory or account, and which: no address, which is looked up when it is sent';
COMMENT ON COLUMN notification.event_here IS 'as those are told who see the whole service; NULL: they are told the same';
COMMENT ON COLUMN notification.due_at IS 'when it is sent next; NULL: it was taken, or is not sent by itself any more';
COMMENT ON COLUMN notification.status IS 'that was answered last; NULL: none was';

-- What people want to be told of by mail. Roles are the identity provider's, so those of the last sign-in stand here:
-- they decide what a mail may say.
CREATE TABLE notification_choice (
    account  text        PRIMARY KEY,
    name     text        NOT NULL,
    address  text        NOT NULL,
    kinds    text[]      NOT NULL CHECK (cardinality(kinds) > 0),
    language text        NOT NULL CHECK (language IN ('en', 'de', 'fr')),
    roles    text[]      NOT NULL,
    factory  text,
    known_at timestamptz NOT NULL
);

COMMENT ON COLUMN notification_choice.account IS 'issuer and subject at the identity provider';
COMMENT ON COLUMN notification_choice.known_at IS 'when it last had these roles';

-- Published bundles: where each was brought, and whether its factory has it.
CREATE TABLE delivery (
    bundle_id       integer     PRIMARY KEY,
    factory         text        NOT NULL,
    purpose         text        NOT NULL,
    folder          text        NOT NULL UNIQUE,
    devices         bigint      NOT NULL,
    location        text,
    place           text,
    old_tokens_end  timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    problem         text,
    delivered_at    timestamptz,
    delivered_to    text,
    fetched_at      timestamptz,
    fetched_by      text,
    confirmed_at    timestamptz,
    confirmed_by    text,
    reminders       smallint    NOT NULL DEFAULT 0,
    CHECK ((delivered_at IS NULL) = (delivered_to IS NULL)),
    CHECK ((fetched_at IS NULL) = (fetched_by IS NULL)),
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);

COMMENT ON COLUMN delivery.folder IS 'its key in the outbox, as bundle.outbox';
COMMENT ON COLUMN delivery.delivered_to IS 'a URL, or that key: it stays there';
COMMENT ON COLUMN delivery.location IS 'of what its factory had sent last; NULL: it never sent, the outbox is where it fetches';
COMMENT ON COLUMN delivery.place IS 'where its factory wants it; NULL: where it last sent';
COMMENT ON COLUMN delivery.old_tokens_end IS 'when the first of the tokens ends that its own replace; NULL: they replace none';
COMMENT ON COLUMN delivery.due_at IS 'infinity: it is the answer to an arrival, which brings it';
COMMENT ON COLUMN delivery.reminders IS 'how often it was said that nobody has fetched it';

CREATE INDEX delivery_due ON delivery (due_at) WHERE delivered_at IS NULL;
CREATE INDEX delivery_unfetched ON delivery (delivered_at)
 WHERE delivered_at IS NOT NULL AND fetched_at IS NULL AND confirmed_at IS NULL;

---------------------------------------------------------------------------------------------------------- schedule

-- Tasks that run by the clock, once among all instances (db-scheduler's own table).
CREATE TABLE scheduled_tasks (
    task_name            text        NOT NULL,
    task_instance        text        NOT NULL,
    task_data            bytea,
    execution_time       timestamptz NOT NULL,
    picked               boolean     NOT NULL,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint      NOT NULL,
    priority             smallint,
    PRIMARY KEY (task_name, task_instance)
);

CREATE INDEX scheduled_tasks_execution_time ON scheduled_tasks (execution_time);
CREATE INDEX scheduled_tasks_last_heartbeat ON scheduled_tasks (last_heartbeat);
CREATE INDEX scheduled_tasks_priority ON scheduled_tasks (priority DESC, execution_time ASC);

-- What each nightly run came to.
CREATE TABLE nightly_run (
    run_id     integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    report     json
);

------------------------------------------------------------------------------------------------------------ audit

-- Who did what, when and from where. Written beside what was done, in a transaction of its own, so that what was refused
-- or denied is kept as well.
CREATE TABLE audit_entry (
    entry_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor    text        NOT NULL,
    account  text        NOT NULL,
    origin   text        NOT NULL,
    factory  text,
    action   text        NOT NULL,
    subject  text        NOT NULL,
    outcome  text        NOT NULL CHECK (outcome IN ('STARTED', 'DONE', 'REFUSED', 'DENIED', 'FAILED')),
    problem  text
);

COMMENT ON COLUMN audit_entry.actor IS 'a name, which may be another''s later';
COMMENT ON COLUMN audit_entry.account IS 'who it is for good: issuer and subject; of callers that are no accounts, the name';

CREATE INDEX audit_entry_at ON audit_entry (at);

-- Who did something about a run.
CREATE INDEX audit_entry_execution ON audit_entry ((substring(subject FROM '^execution=([0-9]+)')::bigint), entry_id)
 WHERE subject LIKE 'execution=%';

CREATE TRIGGER audit_entry_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added_to();

-------------------------------------------------------------------------------------------------------------- sessions

-- Who is signed in at the console of any instance. What a session holds is in its instance's memory; one whose row is
-- gone has ended.
CREATE TABLE console_session (
    session_id   uuid        PRIMARY KEY,
    account      text        NOT NULL,
    name         text        NOT NULL,
    signed_in_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    address      text        NOT NULL,
    browser      text        NOT NULL,
    provider_session text
);

COMMENT ON COLUMN console_session.provider_session IS 'sid of its ID token, for back-channel logout; null: it had none';
COMMENT ON COLUMN console_session.session_id IS 'not what its cookie holds';
COMMENT ON COLUMN console_session.account IS 'issuer and subject at the identity provider';
COMMENT ON COLUMN console_session.last_used_at IS 'to a minute';

CREATE INDEX console_session_account ON console_session (account);

----------------------------------------------------------------------------------------------------------- upload

-- Files that were uploaded to be looked at before anything is done with them. Each waits to be confirmed, when it
-- becomes an arrival, or discarded. The file lies in MUSTER_HOME/uploads under the upload's id.
CREATE TABLE checked_upload (
    upload_id   uuid         PRIMARY KEY,
    kind        arrival_kind NOT NULL,
    factory     text         CHECK (factory IS NOT NULL OR chosen IS NOT NULL),
    file_name   text         NOT NULL,
    account     text         NOT NULL,
    account_id  text         NOT NULL,
    sha256      text,
    bytes       bigint       NOT NULL,
    signature   text,
    updates     text         CHECK (updates IN ('NONE', 'VALUES', 'VALUES_AND_PLACES')),
    uploaded_at timestamptz  NOT NULL,
    expires_at  timestamptz  NOT NULL,
    checked_at  timestamptz,
    seen_at     timestamptz  NOT NULL,
    look        uuid         NOT NULL,
    rows_seen   bigint       NOT NULL DEFAULT 0,
    round       bigint,
    chosen      json,
    findings    json,
    asked_at    timestamptz
);

COMMENT ON COLUMN checked_upload.factory IS 'NULL: devices of all factories were chosen, by somebody who may change them';
COMMENT ON COLUMN checked_upload.account_id IS 'the same, for good: who wrote a list can''t approve it, whoever confirms it';
COMMENT ON COLUMN checked_upload.sha256 IS 'of the file as it was sent; NULL until the list of the chosen devices is written';
COMMENT ON COLUMN checked_upload.chosen IS 'which devices Muster writes a list of, and what is to become of them; NULL: the file was sent';
COMMENT ON COLUMN checked_upload.round IS 'which run of its list it is, once somebody has confirmed it: whoever confirms it too means that one';
COMMENT ON COLUMN checked_upload.seen_at IS 'last sign of life of whoever checks it';
COMMENT ON COLUMN checked_upload.look IS 'the one that counts: whoever was silent and had it taken over leaves it';
COMMENT ON COLUMN checked_upload.asked_at IS 'when who chose the devices asked for the second person that they need';
COMMENT ON COLUMN checked_upload.findings IS 'NULL until checked';

CREATE INDEX checked_upload_expires ON checked_upload (expires_at);

-------------------------------------------------------------------------------------------------------------- api

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
