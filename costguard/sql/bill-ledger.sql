-- Makes the temporary table `ledger` of `part`: what each source says that a month cost, by organisation and dimension;
-- `used` = of the best source that the month has. Every figure of a statement is a sum over it.
-- The view of the whole account and that of its organisations are the same money: what the organisations do not add up
-- to is a row without one. Of the running totals the last day's is the month's.
CREATE OR REPLACE TEMP TABLE ledger AS
WITH dated AS (
    SELECT *, date_trunc('month', date)::DATE AS month
    FROM part
    WHERE source IN ('historical', 'attributed', 'estimated', 'projected')
    QUALIFY source <> 'estimated' OR date = max(date) OVER (PARTITION BY org, source, view, org_public_id, month)
), whole AS (
    SELECT org, source, month, dimension, max(as_of) AS as_of, min(until) AS until, max(date) AS date,
        sum(committed) AS committed, sum(on_demand) AS on_demand, sum(unsplit) AS unsplit
    FROM dated
    WHERE view = 'summary'
    GROUP BY org, source, month, dimension
), single AS (
    SELECT org, source, month, dimension, org_public_id, max(org_name) AS org_name, max(as_of) AS as_of,
        min(until) AS until, max(date) AS date, sum(committed) AS committed, sum(on_demand) AS on_demand,
        sum(unsplit) AS unsplit
    FROM dated
    WHERE view <> 'summary'
    GROUP BY org, source, month, dimension, org_public_id
), together AS (
    SELECT org, source, month, dimension, max(as_of) AS as_of, min(until) AS until, max(date) AS date,
        sum(committed) AS committed, sum(on_demand) AS on_demand, sum(unsplit) AS unsplit
    FROM single
    SEMI JOIN whole USING (org, source, month)
    GROUP BY org, source, month, dimension
), unassigned AS (
    SELECT org, source, month, dimension, greatest(whole.as_of, together.as_of) AS as_of,
        least(whole.until, together.until) AS until, greatest(whole.date, together.date) AS date,
        CASE WHEN whole.committed IS NOT NULL OR together.committed IS NOT NULL
            THEN coalesce(whole.committed, 0) - coalesce(together.committed, 0) END AS committed,
        CASE WHEN whole.on_demand IS NOT NULL OR together.on_demand IS NOT NULL
            THEN coalesce(whole.on_demand, 0) - coalesce(together.on_demand, 0) END AS on_demand,
        CASE WHEN whole.unsplit IS NOT NULL OR together.unsplit IS NOT NULL
            THEN coalesce(whole.unsplit, 0) - coalesce(together.unsplit, 0) END AS unsplit,
        bool_and(together.dimension IS NULL) OVER (PARTITION BY org, source, month) AS alone,
        together.dimension IS NULL AND coalesce(whole.committed, whole.on_demand, whole.unsplit) IS NULL AS unknown
    FROM whole
    FULL JOIN together USING (org, source, month, dimension)
), every AS (
    SELECT * FROM single
    WHERE $only IS NULL OR org_public_id = $only
    UNION ALL BY NAME
    -- All of it where no organisation is told apart; else what is left, and what is named for the account alone.
    SELECT * EXCLUDE (alone, unknown) FROM unassigned
    WHERE $only IS NULL
        AND (alone OR unknown OR greatest(abs(committed), abs(on_demand), abs(unsplit)) >= 0.005)
), best AS (
    SELECT org, month, source
    FROM every
    WHERE coalesce(committed, on_demand, unsplit) IS NOT NULL
    GROUP BY org, month, source
    QUALIFY row_number() OVER (
        PARTITION BY org, month
        ORDER BY list_position(['historical', 'attributed', 'estimated', 'projected'], source)
    ) = 1
)
SELECT every.*, best.source IS NOT NULL AS used
FROM every
LEFT JOIN best USING (org, month, source);
