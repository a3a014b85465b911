-- Makes the temporary table `part`: what each answer says that an organisation's dimension cost, by how it is charged.
-- A total repeats the other charges. It tells what one of them is where only the other is given; where neither is, or
-- where they do not add up to it, it is the cost that nobody splits. '' is the dimension of cost that no product has.
CREATE OR REPLACE TEMP TABLE part AS
WITH measured AS (
    SELECT field, named.dimension AS dimension, named.measure AS measure
    FROM (
        SELECT field, regexp_extract(field, '^(.+)_(committed|on_demand|total)_cost$', ['dimension', 'measure']) AS named
        FROM (
            SELECT DISTINCT unnest(field) AS field
            FROM (SELECT DISTINCT field FROM monthly_cost_series WHERE period IN $periods)
        )
    )
    WHERE named.dimension <> ''
), latest AS (
    -- Tag keys that are changed within a month leave a report of each part of it, which add up; of one report's field the
    -- value that was updated last counts.
    SELECT
        org, date_trunc('month', month)::DATE AS date, org_public_id, any_value(org_name) AS org_name, dimension, measure,
        max(CASE WHEN value IS NOT NULL THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS cost,
        max(try_cast(updated_at || if(length(updated_at) = 13, ':00', '') AS TIMESTAMP)) AS as_of
    FROM monthly_cost
    JOIN measured USING (field)
    WHERE period IN $periods AND tags IS NULL AND org IN (FROM last_org)
    GROUP BY org, date_trunc('month', month)::DATE, org_public_id, dimension, measure, tag_config_source
), last_day AS (
    SELECT org, source, view, org_public_id, max(date) AS date
    FROM cost_charge
    WHERE source = 'estimated'
    GROUP BY org, source, view, org_public_id, date_trunc('month', date)
), named AS (
    -- Of the running totals only the last of each month is its cost; the others tell what each day cost. A day that is not
    -- over is known `until` the time that Datadog wrote.
    SELECT
        org, source, view, date, org_public_id, org_name, product AS dimension, cost,
        CASE WHEN source = 'estimated' THEN as_of END AS until, read_at AS as_of,
        CASE lower(replace(charge_type, 'projected_', ''))
            WHEN 'committed' THEN 'committed'
            WHEN 'on_demand' THEN 'on_demand'
            WHEN 'total' THEN 'total'
            ELSE 'other'
        END AS measure
    FROM cost_charge
    ANTI JOIN connected USING (org, account_public_id)
    WHERE org IN (FROM last_org) AND (
        $every_day OR source <> 'estimated'
        OR (org, source, view, org_public_id, date) IN (SELECT (org, source, view, org_public_id, date) FROM last_day)
    )
    UNION ALL BY NAME
    SELECT *, 'attributed' AS source, 'sub-org' AS view
    FROM latest
), summed AS (
    -- A product may have several charges of a type.
    SELECT
        org, source, view, date, org_public_id, any_value(org_name) AS org_name, dimension, max(as_of) AS as_of,
        min(until) AS until,
        sum(cost) FILTER (measure = 'committed') AS committed,
        sum(cost) FILTER (measure = 'on_demand') AS on_demand,
        sum(cost) FILTER (measure = 'total') AS total,
        sum(cost) FILTER (measure = 'other') AS other
    FROM named
    GROUP BY org, source, view, date, org_public_id, dimension
), split AS (
    SELECT
        * EXCLUDE (committed, on_demand, total, other),
        CASE
            WHEN committed IS NULL AND on_demand IS NOT NULL THEN total - on_demand - coalesce(other, 0)
            ELSE committed
        END AS committed,
        CASE
            WHEN on_demand IS NULL AND committed IS NOT NULL THEN total - committed - coalesce(other, 0)
            ELSE on_demand
        END AS on_demand,
        CASE
            WHEN total IS NULL OR (committed IS NULL) <> (on_demand IS NULL) THEN other
            WHEN committed IS NULL THEN total
            WHEN abs(total - committed - on_demand) >= 0.005 THEN total - committed - on_demand
        END AS unsplit
    FROM summed
), stated AS (
    SELECT org, source, view, date, org_public_id, any_value(org_name) AS org_name, max(total_cost) AS total,
        min(as_of) FILTER (source = 'estimated') AS until, max(read_at) AS as_of
    FROM cost_total
    ANTI JOIN connected USING (org, account_public_id)
    WHERE org IN (FROM last_org) AND total_cost IS NOT NULL AND (
        $every_day OR source <> 'estimated'
        OR (org, source, view, org_public_id, date) IN (SELECT (org, source, view, org_public_id, date) FROM last_day)
    )
    GROUP BY org, source, view, date, org_public_id
), charged AS (
    SELECT org, source, view, date, org_public_id,
        sum(coalesce(committed, 0) + coalesce(on_demand, 0) + coalesce(unsplit, 0)) AS total
    FROM split
    GROUP BY ALL
)
SELECT * FROM split
UNION ALL BY NAME
SELECT stated.* EXCLUDE (total), '' AS dimension, stated.total - coalesce(charged.total, 0) AS unsplit
FROM stated
LEFT JOIN charged USING (org, source, view, date, org_public_id)
WHERE abs(stated.total - coalesce(charged.total, 0)) >= 0.005;
