-- What each billing dimension cost in each of the months.
SELECT month, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand, sum(unsplit) AS unsplit
FROM ledger
WHERE used AND month IN $months
GROUP BY month, dimension
ORDER BY month, dimension;
