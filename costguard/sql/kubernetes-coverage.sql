-- For each organisation and cluster: the days of the month that were read, and its node-hours, as counted and as seen.
SELECT org, cluster, any_value(days), sum(value) FILTER (node = ''), count(DISTINCT (node, hour)) FILTER (node <> '')
FROM kubernetes_usage
JOIN (
    SELECT org, count(*) AS days
    FROM period
    WHERE table_name = 'kubernetes_usage' AND left(key, 7) = $month
    GROUP BY org
) USING (org)
WHERE left(period, 7) = $month AND org IN (FROM last_org)
    AND (node <> '' OR metric = 'kubernetes_state.node.count')
GROUP BY org, cluster
ORDER BY org, cluster;
