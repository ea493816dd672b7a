-- Revocation lists arrive like manifests, and wait for the nightly run unless configured otherwise: then
-- they are due at 'infinity' until it comes.
CREATE TYPE arrival_kind AS ENUM ('MANIFEST', 'REVOCATIONS');

ALTER TABLE arrival ADD COLUMN kind arrival_kind NOT NULL DEFAULT 'MANIFEST';

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
