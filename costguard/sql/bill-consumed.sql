-- What each organisation used in each of the months by the usage attribution, field by field, not broken down by tags.
-- Tag keys that are changed within a month leave a report of each part of it, which add up; of one report's field the
-- value that was updated last counts.
SELECT month, org_public_id, field, sum(value) AS value
FROM (
    SELECT date_trunc('month', month)::DATE AS month, org_public_id, field,
        max(CASE WHEN value IS NOT NULL THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS value
    FROM monthly_attribution
    WHERE period IN $periods AND tags IS NULL AND suffix(field, '_usage') AND org IN (FROM last_org)
        AND ($only IS NULL OR org_public_id = $only)
    GROUP BY org, date_trunc('month', month)::DATE, org_public_id, field, tag_config_source
    HAVING value IS NOT NULL
)
GROUP BY ALL
ORDER BY ALL;
