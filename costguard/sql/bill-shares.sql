-- What the cost attribution says of each organisation's dimension beside its cost: percentages, which are of one
-- organisation, and the tags that it is attributed by. Percentages never add up: where tag keys that were changed within
-- the month left reports of its parts, there is none of the whole; the tags are then those of the last report.
WITH named AS (
    SELECT
        date_trunc('month', month)::DATE AS month, org_public_id, tag_config_source, updated_at, value,
        regexp_extract(field, '^(.+)_percentage_in_(org|account)$', ['dimension', 'of']) AS named
    FROM monthly_cost
    WHERE period IN $periods AND tags IS NULL AND org IN (FROM last_org)
        AND ($only IS NULL OR org_public_id = $only)
), told AS (
    SELECT
        month, org_public_id, named.dimension AS dimension, tag_config_source, max(coalesce(updated_at, '')) AS newest,
        max(CASE WHEN named.of = 'org' AND value IS NOT NULL
            THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS in_org,
        max(CASE WHEN named.of = 'account' AND value IS NOT NULL
            THEN {'at': coalesce(updated_at, ''), 'value': value} END).value AS in_account
    FROM named
    WHERE named.dimension <> ''
    GROUP BY month, org_public_id, named.dimension, tag_config_source
)
SELECT
    month, org_public_id, dimension,
    CASE WHEN count(*) = 1 THEN max(in_org) END AS in_org,
    CASE WHEN count(*) = 1 THEN max(in_account) END AS in_account,
    arg_max(tag_config_source, (newest, tag_config_source)) AS tag_config_source
FROM told
GROUP BY month, org_public_id, dimension
ORDER BY month, org_public_id, dimension;
