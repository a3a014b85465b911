-- What the hours of a month come to, measurement by measurement, the organisations together and without connected accounts:
-- their high-water mark (the highest of the lower 99 %), sum and maximum. An hour without a value had no use; a measurement
-- without any is none. Nothing where any hour of the month has no row at all: then the month was not read as a whole.
WITH measured AS (
    SELECT family, usage_type, hour, sum(value) AS value
    FROM (
        SELECT family, usage_type, unnest(hour) AS hour, unnest(value) AS value
        FROM hourly_usage_series
        ANTI JOIN connected USING (org, account_public_id)
        WHERE left(period, 7) = strftime($month::DATE, '%Y-%m') AND org IN (FROM last_org)
    )
    GROUP BY family, usage_type, hour
), month AS (
    SELECT date_diff('hour', $month::DATE::TIMESTAMP, $month::DATE::TIMESTAMP + INTERVAL 1 MONTH) AS hours
)
SELECT
    family, usage_type,
    coalesce(list_sort(list(value) FILTER (value IS NOT NULL), 'DESC')[any_value(hours) // 100 + 1], 0) AS high_water,
    sum(value) AS total, max(value) AS maximum, any_value(hours) AS hours
FROM measured, month
WHERE (SELECT count(DISTINCT hour) FROM measured) = hours
GROUP BY family, usage_type
HAVING count(value) > 0
ORDER BY family, usage_type;
