-- What was charged under the commitment, on demand, or without saying which, for each billing dimension and month.
UNPIVOT (
    SELECT month, dimension, sum(committed) AS committed, sum(on_demand) AS on_demand, sum(unsplit) AS unsplit
    FROM ledger
    WHERE used AND month IN $months
    GROUP BY month, dimension
) ON committed, on_demand, unsplit INTO NAME usage_type VALUE cost
ORDER BY month, usage_type, dimension;
