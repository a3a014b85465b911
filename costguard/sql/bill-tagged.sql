-- Makes the temporary table `tagged` of `tag_set`: what was paid for each billing dimension under each set of tags that
-- the keys tell apart, by month and, with $by_org, by organisation.
CREATE OR REPLACE TEMP TABLE tagged AS
WITH added AS (
    SELECT month, CASE WHEN $by_org THEN org_public_id END AS org_public_id, number, field, sum(value) AS cost
    FROM (
        SELECT month, org_public_id, number, unnest(field) AS field, unnest(value) AS value
        FROM monthly_cost_series
        JOIN tag_set USING (tags)
        WHERE period IN $periods AND org IN $orgs AND ($only IS NULL OR org_public_id = $only)
    )
    WHERE suffix(field, '_cost')
    GROUP BY ALL
), named AS (
    SELECT *, regexp_extract(field, '^(.+)_(committed|on_demand|total)_cost$', ['dimension', 'measure']) AS named
    FROM added
), summed AS (
    SELECT date_trunc('month', month)::DATE AS month, org_public_id, number, named.dimension AS dimension,
        sum(cost) FILTER (named.measure = 'committed') AS committed,
        sum(cost) FILTER (named.measure = 'on_demand') AS on_demand,
        sum(cost) FILTER (named.measure = 'total') AS total
    FROM named
    GROUP BY ALL
    -- Not WHERE: that is looked at before anything is added up, and takes the names of millions of rows apart.
    HAVING any_value(named.dimension) <> ''
)
SELECT
    month, org_public_id, carried, states, dimension,
    CASE WHEN committed IS NULL AND on_demand IS NOT NULL THEN total - on_demand ELSE committed END AS committed,
    CASE WHEN on_demand IS NULL AND committed IS NOT NULL THEN total - committed ELSE on_demand END AS on_demand,
    CASE
        WHEN total IS NULL OR (committed IS NULL) <> (on_demand IS NULL) THEN NULL
        WHEN committed IS NULL THEN total
        WHEN abs(total - committed - on_demand) >= 0.005 THEN total - committed - on_demand
    END AS unsplit
FROM summed
JOIN (SELECT DISTINCT number, carried, states FROM tag_set) USING (number);
