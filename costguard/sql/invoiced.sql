-- What the closed months of an account cost in the end, as far as that is final.
SELECT left(period, 7) AS month, sum(total_cost) AS cost
FROM cost_total
JOIN (SELECT org, key AS period FROM period WHERE table_name = 'cost_total' AND final) USING (org, period)
WHERE org = $org AND source = 'historical' AND view = 'summary' AND total_cost IS NOT NULL
GROUP BY month;
