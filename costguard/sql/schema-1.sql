-- Times are UTC. DECIMAL(38, 18) adds up exactly, in any order, and keeps all digits of a JSON number from 0.1 to 10^20;
-- sums of DOUBLE would depend on the order in which threads add them.

CREATE TABLE costguard_store (
    application VARCHAR NOT NULL,
    version     INTEGER NOT NULL
);
INSERT INTO costguard_store VALUES ('costguard', 1);

CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    started  TIMESTAMP NOT NULL,
    finished TIMESTAMP NOT NULL,
    version  VARCHAR NOT NULL
);

CREATE TABLE run_org (
    run       INTEGER NOT NULL,
    name      VARCHAR NOT NULL,
    site      VARCHAR NOT NULL,
    parent    BOOLEAN,
    public_id VARCHAR
);

-- What a run read of an organisation: a kind of resources or a table of rows.
CREATE TABLE reading (
    run      INTEGER NOT NULL,
    org      VARCHAR NOT NULL,
    provides VARCHAR NOT NULL,
    complete BOOLEAN NOT NULL
);

CREATE TABLE gap (
    run  INTEGER NOT NULL,
    body JSON NOT NULL
);

CREATE TABLE finding (
    run         INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    fingerprint VARCHAR NOT NULL,
    first_seen  TIMESTAMP NOT NULL,
    body        JSON NOT NULL
);

-- A resource as it was from the run from_run until before the run to_run; NULL = still.
CREATE TABLE resource (
    org      VARCHAR NOT NULL,
    kind     VARCHAR NOT NULL,
    id       VARCHAR NOT NULL,
    hash     BLOB NOT NULL,
    body     JSON NOT NULL,
    from_run INTEGER NOT NULL,
    to_run   INTEGER
);

-- The periods that the tables below hold; final = Datadog will not correct it any more.
CREATE TABLE period (
    org        VARCHAR NOT NULL,
    table_name VARCHAR NOT NULL,
    key        VARCHAR NOT NULL,
    final      BOOLEAN NOT NULL,
    read_at    TIMESTAMP NOT NULL,
    run        INTEGER NOT NULL
);

-- One table a type of costguard/model/usage.py: through which organisation, of which period and by which run it was read,
-- then the type's fields in their order.

CREATE TABLE hourly_usage (
    org           VARCHAR NOT NULL,
    period        VARCHAR NOT NULL,
    run           INTEGER NOT NULL,
    hour          TIMESTAMP NOT NULL,
    org_public_id VARCHAR NOT NULL,
    org_name      VARCHAR NOT NULL,
    region        VARCHAR NOT NULL,
    family        VARCHAR NOT NULL,
    usage_type    VARCHAR NOT NULL,
    value         BIGINT
);

CREATE TABLE billable_usage (
    org                   VARCHAR NOT NULL,
    period                VARCHAR NOT NULL,
    run                   INTEGER NOT NULL,
    month                 DATE NOT NULL,
    org_public_id         VARCHAR NOT NULL,
    org_name              VARCHAR NOT NULL,
    region                VARCHAR NOT NULL,
    billing_plan          VARCHAR NOT NULL,
    key                   VARCHAR NOT NULL,
    unit                  VARCHAR NOT NULL,
    account_billable      DECIMAL(38, 18),
    account_committed     DECIMAL(38, 18),
    account_on_demand     DECIMAL(38, 18),
    org_billable          DECIMAL(38, 18),
    percentage_in_account DECIMAL(38, 18),
    first_hour            TIMESTAMP,
    last_hour             TIMESTAMP
);

CREATE TABLE monthly_cost (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    month             DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    field             VARCHAR NOT NULL,
    value             DECIMAL(38, 18),
    tags              VARCHAR,
    tag_config_source VARCHAR,
    updated_at        VARCHAR
);

CREATE TABLE dimension_key (
    org       VARCHAR NOT NULL,
    period    VARCHAR NOT NULL,
    run       INTEGER NOT NULL,
    month     DATE NOT NULL,
    dimension VARCHAR NOT NULL,
    label     VARCHAR NOT NULL,
    endpoint  VARCHAR NOT NULL,
    key       VARCHAR
);

CREATE TABLE active_dimension (
    org       VARCHAR NOT NULL,
    period    VARCHAR NOT NULL,
    run       INTEGER NOT NULL,
    month     DATE NOT NULL,
    dimension VARCHAR NOT NULL
);

CREATE TABLE index_usage (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    day               DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    index_id          VARCHAR NOT NULL,
    index_name        VARCHAR NOT NULL,
    retention_days    BIGINT,
    events            BIGINT,
    live_events       BIGINT,
    rehydrated_events BIGINT
);

CREATE TABLE metric_usage (
    org        VARCHAR NOT NULL,
    period     VARCHAR NOT NULL,
    run        INTEGER NOT NULL,
    month      DATE NOT NULL,
    name       VARCHAR NOT NULL,
    category   VARCHAR NOT NULL,
    avg_series DECIMAL(38, 18),
    max_series DECIMAL(38, 18)
);

-- The organisations of the last run: rows of one that is no longer read, or is now read under another name, do not count.
CREATE VIEW last_org AS
SELECT name AS org FROM run_org WHERE run = (SELECT max(id) FROM run)
UNION
SELECT org FROM reading WHERE run = (SELECT max(id) FROM run);
