-- What each billing dimension cost in each month from the first to the last, with the source.
SELECT month, min(source) AS source, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand,
    sum(unsplit) AS unsplit
FROM ledger
WHERE used AND month BETWEEN $first AND $last
GROUP BY month, dimension
ORDER BY month, dimension;
