-- How much of the cost that is broken down by tags carries a value of each key: value, untagged ([]) or empty.
SELECT
    told.key, told.state,
    sum(coalesce(committed, 0) + coalesce(on_demand, 0) + coalesce(unsplit, 0)) AS cost
FROM (
    SELECT
        unnest(list_transform($every_key, lambda key, place: {'key': key, 'state': states[place]})) AS told,
        committed, on_demand, unsplit
    FROM tagged
    WHERE month IN $months
)
WHERE told.state IS NOT NULL
GROUP BY ALL
ORDER BY ALL;
