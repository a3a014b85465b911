-- What each source says that each month cost, and as of when: of an estimate whose last day is not over, `until` when
-- that day is known.
WITH stated AS (
    SELECT org, source, date_trunc('month', date)::DATE AS month, date, sum(total_cost) AS stated
    FROM cost_total
    ANTI JOIN connected USING (org, account_public_id)
    WHERE view = 'summary' AND org IN (FROM last_org)
    GROUP BY ALL
    UNION ALL
    SELECT org, 'attributed', date_trunc('month', month)::DATE, NULL, sum(value)
    FROM attribution_aggregate
    WHERE source = 'monthly_cost' AND breakdown = '' AND agg_type = 'sum' AND suffix(field, '_total_cost')
        AND org IN (FROM last_org)
    GROUP BY ALL
), newest AS (
    SELECT org, source, month, arg_max(stated, coalesce(date, month)) AS stated
    FROM stated
    GROUP BY org, source, month
), told AS (
    SELECT month, source, sum(stated) AS stated
    FROM newest
    GROUP BY month, source
), last AS (
    SELECT *, max(date) OVER (PARTITION BY month, source) AS through
    FROM ledger
)
SELECT * REPLACE (coalesce(until, as_of) AS as_of)
FROM (
    SELECT
        month, source, bool_or(used) AS used, sum(committed) AS committed, sum(on_demand) AS on_demand,
        sum(unsplit) AS unsplit, any_value(stated) AS stated, max(as_of) AS as_of, through,
        min(until) FILTER (until::DATE = through) AS until
    FROM last
    LEFT JOIN told USING (month, source)
    GROUP BY month, source, through
)
ORDER BY month, list_position(['historical', 'attributed', 'estimated', 'projected'], source);
