-- What each set of values of the tag keys cost in each of the months. `carried` is NULL for what is left of the ledger:
-- organisations that are not broken down (their tags are null, so that their rows are totals again), and where the rows
-- that are broken down do not add up.
WITH split AS (
    SELECT month, org_public_id, carried, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
        sum(unsplit) AS unsplit
    FROM tagged
    WHERE month IN $months
    GROUP BY ALL
), rest AS (
    SELECT month, org_public_id, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
        sum(unsplit) AS unsplit
    FROM (
        SELECT month, CASE WHEN $by_org THEN org_public_id END AS org_public_id, dimension, committed, on_demand, unsplit
        FROM ledger
        WHERE used AND month IN $months
        UNION ALL
        SELECT month, org_public_id, dimension, -committed, -on_demand, -unsplit
        FROM split
    )
    GROUP BY ALL
)
SELECT month, org_public_id, carried, dimension, committed, on_demand, unsplit
FROM split
UNION ALL
SELECT month, org_public_id, NULL, dimension, committed, on_demand, unsplit
FROM rest
WHERE committed <> 0 OR on_demand <> 0 OR unsplit <> 0
ORDER BY month, carried NULLS LAST, org_public_id, dimension;
