-- What one source says that each billing dimension cost in a month, whether it is the best one or not.
SELECT dimension, sum(committed) AS committed, sum(on_demand) AS on_demand, sum(unsplit) AS unsplit
FROM ledger
WHERE source = $source AND month = $month
GROUP BY dimension
ORDER BY dimension;
