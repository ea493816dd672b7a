-- Devices that exchange their token for a fresh one.

ALTER TABLE device_status ADD COLUMN exchanged_at timestamptz;

COMMENT ON COLUMN device_status.exchanged_at IS 'when the device last got a fresh token for an old one; NULL: never';

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
