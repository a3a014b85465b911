-- What each day cost: the differences of the running totals of the estimated cost, which start anew with each month.
-- A negative difference is a correction of earlier days. Where Datadog gave no total for some days, the next one's
-- difference covers them: `since` is the day before the first that it covers. `until` is when a day that was not over is
-- known. `day` is NULL for what is left of the
-- ledger: months without estimates, and what the final cost is more or less than the last estimate.
WITH estimated AS (
    -- By organisation where Datadog says so; '' is the whole account.
    SELECT
        org, CASE WHEN view = 'summary' THEN '' ELSE org_public_id END AS org_public_id, date, dimension, committed,
        on_demand, unsplit, until, date_trunc('month', date)::DATE AS month
    FROM part
    WHERE source = 'estimated' AND month IN $months
        AND ($only IS NULL OR (view <> 'summary' AND org_public_id = $only))
    QUALIFY (view <> 'summary') = bool_or(view <> 'summary') OVER (PARTITION BY org, month)
), grid AS (
    SELECT *
    FROM (SELECT DISTINCT org, month, date FROM estimated)
    JOIN (SELECT DISTINCT org, month, org_public_id, dimension FROM estimated) USING (org, month)
), present AS (
    SELECT DISTINCT org, org_public_id, date
    FROM estimated
), placed AS (
    -- A product that an organisation's day does not name has cost nothing so far that month. What is named without an
    -- amount, and all of an organisation that a day does not name, stands where it stood.
    SELECT
        grid.*,
        CASE WHEN estimated.org IS NOT NULL THEN committed WHEN present.org IS NOT NULL THEN 0 END AS committed,
        CASE WHEN estimated.org IS NOT NULL THEN on_demand WHEN present.org IS NOT NULL THEN 0 END AS on_demand,
        CASE WHEN estimated.org IS NOT NULL THEN unsplit WHEN present.org IS NOT NULL THEN 0 END AS unsplit
    FROM grid
    LEFT JOIN estimated USING (org, month, date, org_public_id, dimension)
    LEFT JOIN present USING (org, date, org_public_id)
), filled AS (
    SELECT * REPLACE (
        coalesce(last_value(committed IGNORE NULLS) OVER course, 0) AS committed,
        coalesce(last_value(on_demand IGNORE NULLS) OVER course, 0) AS on_demand,
        coalesce(last_value(unsplit IGNORE NULLS) OVER course, 0) AS unsplit
    )
    FROM placed
    WINDOW course AS (PARTITION BY org, month, org_public_id, dimension ORDER BY date)
), daily AS (
    SELECT
        month, date AS day, CASE WHEN $by_org THEN nullif(org_public_id, '') END AS org_public_id, dimension,
        coalesce(lag(date) OVER course, (month - INTERVAL 1 DAY)::DATE) AS since,
        committed - lag(committed, 1, 0) OVER course AS committed,
        on_demand - lag(on_demand, 1, 0) OVER course AS on_demand,
        unsplit - lag(unsplit, 1, 0) OVER course AS unsplit
    FROM filled
    WINDOW course AS (PARTITION BY org, month, org_public_id, dimension ORDER BY date)
), cut AS (
    SELECT date AS day, min(until) AS until
    FROM estimated
    GROUP BY date
), rest AS (
    SELECT month, org_public_id, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
        sum(unsplit) AS unsplit
    FROM (
        SELECT month, CASE WHEN $by_org THEN org_public_id END AS org_public_id, dimension, committed, on_demand, unsplit
        FROM ledger
        WHERE used AND month IN $months
        UNION ALL
        SELECT month, org_public_id, dimension, -committed, -on_demand, -unsplit
        FROM daily
    )
    GROUP BY ALL
)
SELECT
    month, day, min(since) AS since, any_value(until) AS until, org_public_id, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
    sum(unsplit) AS unsplit,
    sum(least(committed + on_demand + unsplit, 0)) AS restated
FROM daily
JOIN cut USING (day)
WHERE NOT $by_org OR committed <> 0 OR on_demand <> 0 OR unsplit <> 0
GROUP BY month, day, org_public_id, dimension
UNION ALL
SELECT month, NULL, NULL, NULL, org_public_id, dimension, committed, on_demand, unsplit, 0
FROM rest
WHERE committed <> 0 OR on_demand <> 0 OR unsplit <> 0
ORDER BY month, day NULLS LAST, org_public_id, dimension;
