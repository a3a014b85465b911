-- What the account used of each usage type on each day of the months: the sum of its hours, their average and maximum;
-- without what connected accounts used.
SELECT day, family, usage_type, sum(value) AS total, sum(value) / count(*) AS average, max(value) AS maximum
FROM (
    SELECT hour::DATE AS day, hour, family, usage_type, sum(value)::DECIMAL(38, 6) AS value
    FROM hourly_usage
    ANTI JOIN connected USING (org, account_public_id)
    WHERE left(period, 7) IN $months AND org IN (FROM last_org) AND ($only IS NULL OR org_public_id = $only)
    GROUP BY hour, family, usage_type
    HAVING sum(value) IS NOT NULL
)
GROUP BY day, family, usage_type
ORDER BY day, family, usage_type;
