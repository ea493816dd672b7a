-- How far the deny list is told where it can't be seen from what is there: in the files it can (the index
-- names its version), in a topic it can't.
CREATE TABLE deny_list_publication (
    destination  text        PRIMARY KEY,
    version      bigint      NOT NULL,
    published_at timestamptz NOT NULL
);

COMMENT ON COLUMN deny_list_publication.version IS 'every change up to and with this device_change.change_id is confirmed';

-- Asked for the highest number every second, which a BRIN index can't answer. The numbers only grow, so a
-- B-tree is written at its right end alone.
DROP INDEX device_change_order;
CREATE UNIQUE INDEX device_change_order ON device_change (change_id);
