-- The estimated cost of each product of the account from the first of a month to the end of each of its days, since
-- $since. Of an account that tells it both ways the summary counts, else its organisations together. A total repeats the
-- other charges; cost that is told only as a total counts as on demand.
SELECT
    org, date, product, coalesce(committed, 0) AS committed,
    coalesce(on_demand, total - coalesce(committed, 0), 0) AS on_demand
FROM (
    SELECT
        org, view, date, product,
        sum(cost) FILTER (lower(charge_type) = 'committed') AS committed,
        sum(cost) FILTER (lower(charge_type) = 'on_demand') AS on_demand,
        sum(cost) FILTER (lower(charge_type) = 'total') AS total
    FROM cost_charge
    ANTI JOIN connected USING (org, account_public_id)
    WHERE source = 'estimated' AND product <> '' AND date >= $since AND date < $until AND org IN $orgs
    GROUP BY ALL
)
QUALIFY (view = 'summary') = bool_or(view = 'summary') OVER (PARTITION BY org, date)
ORDER BY org, product, date, view;
