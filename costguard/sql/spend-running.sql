-- What the month of $month is estimated to have cost up to the last day that is known, and projected to cost as a whole:
-- of the whole account (view summary) and of each organisation (view sub-org), all together (product '') and by product.
-- A total repeats the other charges.
SELECT org, source, view, org_public_id, org_name, product, date, cost
FROM (
    SELECT org, source, view, org_public_id, any_value(org_name) AS org_name, '' AS product, date, sum(total_cost) AS cost
    FROM cost_total
    ANTI JOIN connected USING (org, account_public_id)
    WHERE source IN ('estimated', 'projected') AND date_trunc('month', date) = $month AND org IN $orgs
    GROUP BY org, source, view, org_public_id, date
    UNION ALL BY NAME
    SELECT
        org, source, view, org_public_id, any_value(org_name) AS org_name, product, date,
        coalesce(sum(cost) FILTER (lower(charge_type) = 'total'), sum(cost) FILTER (lower(charge_type) <> 'total')) AS cost
    FROM cost_charge
    ANTI JOIN connected USING (org, account_public_id)
    WHERE source IN ('estimated', 'projected') AND product <> '' AND date_trunc('month', date) = $month AND org IN $orgs
    GROUP BY org, source, view, org_public_id, product, date
)
WHERE cost IS NOT NULL
QUALIFY date = max(date) OVER (PARTITION BY org, source, view)
ORDER BY org, source, view, org_public_id, product;
