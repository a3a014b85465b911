-- What each organisation paid for each billing dimension in each of the months; without an id: what is the account's.
SELECT month, org_public_id, org_name, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
    sum(unsplit) AS unsplit
FROM (
    SELECT * REPLACE (
        coalesce(last_value(org_name) OVER (
            PARTITION BY org_public_id ORDER BY month, org_name ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ), '') AS org_name
    )
    FROM ledger
    WHERE used
)
WHERE month IN $months
GROUP BY month, org_public_id, org_name, dimension
ORDER BY month, org_public_id, dimension;
