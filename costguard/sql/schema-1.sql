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
-- then the type's fields in their order. Where rows come in series (model/series.py), what varies in one is lists, and a
-- view takes it apart: that is a tenth of the rows to write, and rows of hours or fields are alike in most columns.

CREATE TABLE hourly_usage_series (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    hour              TIMESTAMP[] NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    family            VARCHAR NOT NULL,
    usage_type        VARCHAR NOT NULL,
    value             BIGINT[] NOT NULL,
    account_public_id VARCHAR NOT NULL DEFAULT '',
    account_name      VARCHAR NOT NULL DEFAULT '',
    extra             VARCHAR
);

CREATE VIEW hourly_usage AS
SELECT
    org, period, run, unnest(hour) AS hour, org_public_id, org_name, region, family, usage_type, unnest(value) AS
    value, account_public_id, account_name, extra
FROM hourly_usage_series;

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
    last_hour             TIMESTAMP,
    elapsed_hours         BIGINT,
    billing_dimension     VARCHAR,
    account_public_id     VARCHAR NOT NULL DEFAULT '',
    account_name          VARCHAR NOT NULL DEFAULT '',
    num_orgs              BIGINT,
    start_date            TIMESTAMP,
    end_date              TIMESTAMP,
    ratio_in_month        DECIMAL(38, 18),
    extra                 VARCHAR
);

CREATE TABLE monthly_cost_series (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    month             DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    field             VARCHAR[] NOT NULL,
    value             DECIMAL(38, 18)[] NOT NULL,
    tags              VARCHAR,
    tag_config_source VARCHAR,
    updated_at        VARCHAR,
    extra             VARCHAR
);

CREATE VIEW monthly_cost AS
SELECT
    org, period, run, month, org_public_id, org_name, unnest(field) AS field, unnest(value) AS value, tags,
    tag_config_source, updated_at, extra
FROM monthly_cost_series;

CREATE TABLE dimension_key (
    org       VARCHAR NOT NULL,
    period    VARCHAR NOT NULL,
    run       INTEGER NOT NULL,
    month     DATE NOT NULL,
    dimension VARCHAR NOT NULL,
    label     VARCHAR NOT NULL,
    endpoint  VARCHAR NOT NULL,
    key       VARCHAR,
    view      VARCHAR NOT NULL DEFAULT 'active',
    status    VARCHAR NOT NULL DEFAULT '',
    extra     VARCHAR
);

CREATE TABLE active_dimension (
    org       VARCHAR NOT NULL,
    period    VARCHAR NOT NULL,
    run       INTEGER NOT NULL,
    month     DATE NOT NULL,
    dimension VARCHAR NOT NULL,
    extra     VARCHAR
);

CREATE TABLE index_usage_series (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    day               DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    index_id          VARCHAR NOT NULL,
    index_name        VARCHAR NOT NULL,
    retention_days    BIGINT,
    events            BIGINT[] NOT NULL,
    live_events       BIGINT[] NOT NULL,
    rehydrated_events BIGINT[] NOT NULL,
    hour              TIMESTAMP[] NOT NULL,
    org_id            BIGINT,
    rate_limited      BOOLEAN,
    filtered          BOOLEAN,
    extra             VARCHAR
);

CREATE VIEW index_usage AS
SELECT
    org, period, run, day, org_public_id, org_name, index_id, index_name, retention_days, unnest(events) AS
    events, unnest(live_events) AS live_events, unnest(rehydrated_events) AS rehydrated_events, unnest(hour) AS
    hour, org_id, rate_limited, filtered, extra
FROM index_usage_series;

CREATE TABLE metric_usage (
    org        VARCHAR NOT NULL,
    period     VARCHAR NOT NULL,
    run        INTEGER NOT NULL,
    month      DATE NOT NULL,
    name       VARCHAR NOT NULL,
    category   VARCHAR NOT NULL,
    avg_series DECIMAL(38, 18),
    max_series DECIMAL(38, 18),
    extra      VARCHAR
);

CREATE TABLE kubernetes_usage (
    org           VARCHAR NOT NULL,
    period        VARCHAR NOT NULL,
    run           INTEGER NOT NULL,
    hour          TIMESTAMP NOT NULL,
    cluster       VARCHAR NOT NULL,
    node          VARCHAR NOT NULL,
    namespace     VARCHAR NOT NULL,
    workload_kind VARCHAR NOT NULL,
    workload      VARCHAR NOT NULL,
    pod           VARCHAR NOT NULL,
    metric        VARCHAR NOT NULL,
    value         DECIMAL(38, 18) NOT NULL,
    instance_type VARCHAR NOT NULL
);

CREATE TABLE monthly_attribution_series (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    month             DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    field             VARCHAR[] NOT NULL,
    value             DECIMAL(38, 18)[] NOT NULL,
    tags              VARCHAR,
    tag_config_source VARCHAR,
    updated_at        VARCHAR,
    extra             VARCHAR
);

CREATE VIEW monthly_attribution AS
SELECT
    org, period, run, month, org_public_id, org_name, region, unnest(field) AS field, unnest(value) AS value,
    tags, tag_config_source, updated_at, extra
FROM monthly_attribution_series;

CREATE TABLE hourly_attribution (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    hour              TIMESTAMP NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    usage_type        VARCHAR NOT NULL,
    value             DECIMAL(38, 18),
    tags              VARCHAR,
    tag_config_source VARCHAR,
    updated_at        VARCHAR,
    extra             VARCHAR
);

CREATE TABLE attribution_aggregate (
    org       VARCHAR NOT NULL,
    period    VARCHAR NOT NULL,
    run       INTEGER NOT NULL,
    month     DATE NOT NULL,
    source    VARCHAR NOT NULL,
    breakdown VARCHAR NOT NULL,
    agg_type  VARCHAR NOT NULL,
    field     VARCHAR NOT NULL,
    value     DECIMAL(38, 18),
    extra     VARCHAR
);

CREATE TABLE cost_charge (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    source            VARCHAR NOT NULL,
    view              VARCHAR NOT NULL,
    date              DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    account_public_id VARCHAR NOT NULL,
    account_name      VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    product           VARCHAR NOT NULL,
    charge_type       VARCHAR NOT NULL,
    cost              DECIMAL(38, 18),
    read_at           TIMESTAMP NOT NULL,
    as_of             TIMESTAMP,
    extra             VARCHAR
);

CREATE TABLE cost_total (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    source            VARCHAR NOT NULL,
    view              VARCHAR NOT NULL,
    date              DATE NOT NULL,
    org_public_id     VARCHAR NOT NULL,
    org_name          VARCHAR NOT NULL,
    account_public_id VARCHAR NOT NULL,
    account_name      VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    total_cost        DECIMAL(38, 18),
    read_at           TIMESTAMP NOT NULL,
    as_of             TIMESTAMP,
    extra             VARCHAR
);

CREATE TABLE usage_summary (
    org               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    run               INTEGER NOT NULL,
    month             DATE NOT NULL,
    org_public_id     VARCHAR,
    org_name          VARCHAR NOT NULL,
    region            VARCHAR NOT NULL,
    key               VARCHAR NOT NULL,
    value             DECIMAL(38, 18),
    account_public_id VARCHAR NOT NULL DEFAULT '',
    account_name      VARCHAR NOT NULL DEFAULT '',
    extra             VARCHAR
);

CREATE TABLE usage_name (
    org    VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    run    INTEGER NOT NULL,
    month  DATE NOT NULL,
    source VARCHAR NOT NULL,
    name   VARCHAR NOT NULL,
    extra  VARCHAR
);

-- The organisations of the last run: rows of one that is no longer read, or is now read under another name, do not count.
CREATE VIEW last_org AS
SELECT name AS org FROM run_org WHERE run = (SELECT max(id) FROM run)
UNION
SELECT org FROM reading WHERE run = (SELECT max(id) FROM run);

-- The organisations as each run found them. One whose keys did not tell its public id has the id of the organisation that
-- the parent's usage calls by the same name, where there is just one and no other has that id.
CREATE VIEW known_org AS
WITH called AS (
    SELECT lower(org_name) AS name, min(org_public_id) AS public_id
    FROM (SELECT DISTINCT org_name, org_public_id FROM billable_usage WHERE org IN (FROM last_org) AND org_name <> '')
    GROUP BY lower(org_name)
    HAVING count(DISTINCT org_public_id) = 1
)
SELECT
    run, found.name, site, parent,
    coalesce(
        found.public_id,
        CASE
            WHEN NOT list_contains(list(found.public_id) OVER (PARTITION BY run), called.public_id) THEN called.public_id
        END
    ) AS public_id
FROM run_org AS found
LEFT JOIN called ON lower(found.name) = called.name;

-- The accounts that the answers name, by the organisation that they were read through. One's own is the account of the
-- rows of that organisation itself, and the one without a name. Another is connected where one's own is named, or stands
-- beside it without a name in the same answer; else that is not known (NULL). Charges name what their totals name.
CREATE VIEW account AS
WITH seen AS (
    SELECT 'hourly_usage' AS answer, period, org, org_public_id, account_public_id, max(account_name) AS name
    FROM hourly_usage_series
    GROUP BY ALL
    UNION ALL
    SELECT 'billable_usage', period, org, org_public_id, account_public_id, max(account_name)
    FROM billable_usage
    GROUP BY ALL
    UNION ALL
    SELECT 'cost_total', period, org, org_public_id, account_public_id, max(account_name)
    FROM cost_total
    GROUP BY ALL
), told AS (
    SELECT
        org, account_public_id, max(name) AS name, coalesce(bool_or(org_public_id = public_id), FALSE) AS itself,
        bool_or(nameless) AS beside
    FROM (SELECT *, bool_or(account_public_id = '') OVER (PARTITION BY answer, period, org) AS nameless FROM seen)
    LEFT JOIN (SELECT name AS org, arg_max(public_id, run) AS public_id FROM known_org GROUP BY name) USING (org)
    GROUP BY org, account_public_id
)
SELECT
    org, account_public_id, name,
    CASE
        WHEN itself OR account_public_id = '' THEN TRUE
        WHEN beside OR bool_or(itself AND account_public_id <> '') OVER (PARTITION BY org) THEN FALSE
    END AS own
FROM told;

-- The accounts that are read beside one's own, as a partner's customers (`[usage] connected_accounts`). To whom they are
-- connected matters: another organisation's own account may be among them.
CREATE VIEW connected AS
SELECT org, account_public_id FROM account WHERE NOT own;

-- What each pod used and held of its node in each hour: nanocore-seconds, byte-seconds, millionths of GPU-seconds, bytes;
-- whole numbers, which add up exactly. NULL = not seen.
-- A value of Datadog's is the average over the time in which it was reported: times the seconds that the pod lived in the
-- hour it is what was used. A pod that only began to be tagged within the hour is two series: the larger one counts.
CREATE VIEW kubernetes_pod_hour AS
WITH measured AS (
    SELECT
        org, cluster, node, hour, namespace, pod,
        max({'kind': workload_kind, 'name': workload}) AS workload,
        max(value) FILTER (metric = 'kubernetes.cpu.usage.total') AS cpu_used,
        max(value) FILTER (metric = 'kubernetes.cpu.requests') AS cpu_requested,
        max(value) FILTER (metric = 'kubernetes.memory.usage') AS memory_used,
        max(value) FILTER (metric = 'kubernetes.memory.requests') AS memory_requested,
        max(value) FILTER (metric = 'kubernetes_state.container.gpu_limit') AS gpu_requested,
        max(value) FILTER (metric = 'kubernetes.network.rx_bytes') AS received,
        max(value) FILTER (metric = 'kubernetes.network.tx_bytes') AS sent,
        coalesce(
            max(value) FILTER (metric = 'kubernetes_state.pod.uptime.max'),
            max(value) FILTER (metric = 'container.uptime.max')
        ) AS oldest,
        coalesce(
            min(value) FILTER (metric = 'kubernetes_state.pod.uptime.min'),
            min(value) FILTER (metric = 'container.uptime.min')
        ) AS youngest
    FROM kubernetes_usage
    WHERE pod <> '' AND value >= 0
    GROUP BY ALL
),

-- A report stands for the minute after it; the first one of a pod that began within the hour, for the time before it too.
lived AS (
    SELECT
        *,
        CASE
            WHEN oldest IS NULL OR youngest IS NULL THEN 3600
            ELSE least(3600, greatest(0, oldest - youngest) + 60 + if(youngest < 60, youngest, 0))::BIGINT
        END AS seconds
    FROM measured
    WHERE coalesce(cpu_used, cpu_requested, memory_used, memory_requested, gpu_requested) IS NOT NULL
)

SELECT
    org, cluster, node, hour, namespace,
    if(workload.name = '', 'pod', workload.kind) AS workload_kind,
    if(workload.name = '', pod, workload.name) AS workload,
    pod,
    seconds,
    seconds * round(cpu_used)::HUGEINT AS cpu_used,
    seconds * round(cpu_requested * 1_000_000_000)::HUGEINT AS cpu_requested,
    seconds * round(memory_used)::HUGEINT AS memory_used,
    seconds * round(memory_requested)::HUGEINT AS memory_requested,
    seconds * round(gpu_requested * 1_000_000)::HUGEINT AS gpu_requested,
    seconds * round(received)::HUGEINT AS received,
    seconds * round(sent)::HUGEINT AS sent
FROM lived;
