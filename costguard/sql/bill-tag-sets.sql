-- Makes the temporary table `tag_set`: what each set of tags says of some keys. `carried` has the values of each of the
-- keys that the bill is broken down by, [] where the use does not carry it; `states` says of every key whether it carries
-- a value, none (untagged), or an empty one; NULL = it is not broken down by this key.
-- A table, because with its size known the millions of rows that refer to it are joined in a fraction of the time.
CREATE OR REPLACE TEMP TABLE tag_set AS
WITH found AS (
    SELECT
        tags,
        list_transform($keys, lambda key: tags -> ('/' || replace(replace(key, '~', '~0'), '/', '~1'))) AS asked,
        list_transform($every_key, lambda key: tags -> ('/' || replace(replace(key, '~', '~0'), '/', '~1'))) AS told
    FROM (SELECT DISTINCT tags FROM monthly_cost_series WHERE period IN $periods AND tags IS NOT NULL)
), read AS (
    SELECT
        tags,
        list_transform(asked, lambda value: CASE json_type(value)
            WHEN 'ARRAY' THEN list_sort(list_filter(value::VARCHAR[], lambda each: each IS NOT NULL))
            WHEN 'VARCHAR' THEN [value ->> '$']
            ELSE []
        END) AS carried,
        list_transform(told, lambda value: CASE
            WHEN value IS NULL THEN NULL
            WHEN json_type(value) = 'NULL' OR json_array_length(value) = 0 AND json_type(value) = 'ARRAY' THEN 'untagged'
            WHEN coalesce(value ->> '$[0]', value ->> '$') = '<empty>' AND json_array_length(value) < 2 THEN 'empty'
            ELSE 'value'
        END) AS states
    FROM found
)
SELECT tags, carried, states, dense_rank() OVER (ORDER BY carried, states) AS number
FROM read;
