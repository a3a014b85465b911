-- The months (2026-10) of which any day of Kubernetes metrics was read, by organisation.
SELECT DISTINCT org, left(key, 7)
FROM period
WHERE table_name = 'kubernetes_usage' AND org IN (FROM last_org)
ORDER BY ALL;
