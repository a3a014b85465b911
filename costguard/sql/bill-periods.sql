-- The periods of the monthly cost attribution: "2026-10" holds totals, "2026-10:team,env" breaks them down by tag keys.
SELECT org, key, read_at
FROM period
WHERE table_name = 'monthly_cost' AND org IN (FROM last_org)
ORDER BY ALL;
