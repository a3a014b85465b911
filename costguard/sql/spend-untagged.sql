-- What each organisation's cost of a period that is broken down by $keys comes to, and how much of it carries no value
-- of a key: the tag is missing, or set without a value. Rows without tags are not broken down, and left out.
WITH named AS (
    SELECT
        org_public_id, org_name, tags, value,
        regexp_extract(field, '^(.+)_(committed|on_demand|total)_cost$', ['dimension', 'measure']) AS named
    FROM monthly_cost
    WHERE org = $org AND period = $period AND tags IS NOT NULL AND suffix(field, '_cost')
), summed AS (
    -- A total repeats what the others say.
    SELECT org_public_id, max(org_name) AS org_name, tags, coalesce(
            sum(value) FILTER (named.measure = 'total'),
            sum(value) FILTER (named.measure <> 'total')
        ) AS cost
    FROM named
    WHERE named.dimension <> ''
    GROUP BY org_public_id, tags, named.dimension
), keyed AS (
    SELECT org_public_id, org_name, key, tags -> ('/' || replace(replace(key, '~', '~0'), '/', '~1')) AS found, cost
    FROM (
        SELECT org_public_id, max(org_name) AS org_name, tags, sum(cost) AS cost
        FROM summed
        GROUP BY org_public_id, tags
    )
    CROSS JOIN (SELECT unnest($keys::VARCHAR[]) AS key)
)
SELECT
    org_public_id, max(org_name), key, coalesce(sum(cost), 0),
    coalesce(sum(cost) FILTER (
        found IS NULL OR json_type(found) = 'NULL' OR found = '[]'::JSON OR found = '["<empty>"]'::JSON
        OR found ->> '$' = '<empty>'
    ), 0)
FROM keyed
GROUP BY org_public_id, key
ORDER BY org_public_id, key;
