-- What each organisation's cost of a period that is broken down by $keys comes to, and how much of it carries no value
-- of a key: the tag is missing, or set without a value. Rows without tags are not broken down, and left out.
WITH told AS (
    SELECT field, regexp_extract(field, '^(.+)_(committed|on_demand|total)_cost$', ['dimension', 'measure']) AS named
    -- A list, not DISTINCT rows: what is asked of the names would be asked of every row first.
    FROM (
        SELECT unnest(list(DISTINCT field)) AS field
        FROM monthly_cost
        WHERE org = $org AND period = $period AND value IS NOT NULL
    )
), counted AS (
    -- A total repeats what the others say.
    SELECT field
    FROM told
    WHERE named.dimension <> ''
    QUALIFY (named.measure = 'total') = bool_or(named.measure = 'total') OVER (PARTITION BY named.dimension)
), summed AS (
    SELECT org_public_id, any_value(org_name) AS org_name, tags, sum(value) AS cost
    FROM monthly_cost
    WHERE org = $org AND period = $period AND tags IS NOT NULL AND field IN (FROM counted)
    GROUP BY org_public_id, tags
), keyed AS (
    SELECT org_public_id, org_name, key, tags -> ('/' || replace(replace(key, '~', '~0'), '/', '~1')) AS found, cost
    FROM summed
    CROSS JOIN (SELECT unnest($keys::VARCHAR[]) AS key)
)
SELECT
    org_public_id, any_value(org_name), key, coalesce(sum(cost), 0),
    coalesce(sum(cost) FILTER (
        found IS NULL OR json_type(found) = 'NULL' OR found = '[]'::JSON OR found = '["<empty>"]'::JSON
        OR found ->> '$' = '<empty>'
    ), 0)
FROM keyed
GROUP BY org_public_id, key
ORDER BY org_public_id, key;
