-- The months with billable usage.
SELECT DISTINCT date_trunc('month', month)::DATE AS month
FROM billable_usage
ANTI JOIN connected USING (org, account_public_id)
WHERE org IN (FROM last_org) AND ($only IS NULL OR org_public_id = $only)
ORDER BY month;
