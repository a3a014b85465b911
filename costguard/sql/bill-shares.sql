-- What the cost attribution says of each organisation's dimension beside its cost: percentages, which are of one
-- organisation and never added up, and the tags that it is attributed by.
WITH named AS (
    SELECT
        date_trunc('month', month)::DATE AS month, org_public_id, tag_config_source, updated_at, value,
        regexp_extract(field, '^(.+)_percentage_in_(org|account)$', ['dimension', 'of']) AS named
    FROM monthly_cost
    WHERE period IN $periods AND tags IS NULL AND org IN (FROM last_org)
        AND ($only IS NULL OR org_public_id = $only)
)
SELECT
    month, org_public_id, named.dimension,
    max(CASE WHEN named.of = 'org' AND value IS NOT NULL
        THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS in_org,
    max(CASE WHEN named.of = 'account' AND value IS NOT NULL
        THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS in_account,
    max(tag_config_source) AS tag_config_source
FROM named
WHERE named.dimension <> ''
GROUP BY month, org_public_id, named.dimension
ORDER BY month, org_public_id, named.dimension;
