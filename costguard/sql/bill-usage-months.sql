-- The months with billable usage.
SELECT DISTINCT date_trunc('month', month)::DATE AS month
FROM billable_usage
WHERE org IN (FROM last_org) AND account_public_id NOT IN (SELECT id FROM connected)
    AND ($only IS NULL OR org_public_id = $only)
ORDER BY month;
