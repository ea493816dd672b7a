-- Finds a serial number. A block of pages says by its Bloom filter that it can't hold it; where it may, the block is
-- read. In the index that a bulk load writes anyway this costs the load a fourteenth (see docs/benchmarks.md); a B-tree
-- would cost it a fifth.
DROP INDEX device_manifest;
CREATE INDEX device_manifest ON device
    USING brin (manifest_id, line, serial_number text_bloom_ops(n_distinct_per_range = 2500)) WITH (pages_per_range = 32);

-- What holds for a factory's manifests when whoever sends them does not say.
ALTER TABLE factory
    ADD COLUMN max_rejects    text CHECK (max_rejects ~ '^([0-9]{1,12}|[0-9]{1,3}([.][0-9]{1,6})?%)$'),
    ADD COLUMN token_lifetime interval CHECK (token_lifetime >= interval '1 minute');

COMMENT ON COLUMN factory.max_rejects IS 'a number of rows, or a percentage; NULL: as configured for all';
COMMENT ON COLUMN factory.token_lifetime IS 'NULL: as configured for all';
