-- The nodes that were seen from $start until before $until: capacity in nanocores, bytes and millionths of GPUs, and hours.
SELECT
    org,
    cluster,
    node,
    max(instance_type),
    round(max(value) FILTER (metric = 'kubernetes_state.node.cpu_capacity') * 1_000_000_000)::HUGEINT,
    round(max(value) FILTER (metric = 'kubernetes_state.node.memory_capacity'))::HUGEINT,
    round(max(value) FILTER (metric = 'kubernetes_state.node.gpu_capacity') * 1_000_000)::HUGEINT,
    count(DISTINCT hour)
FROM kubernetes_usage
WHERE node <> '' AND hour >= $start AND hour < $until AND org IN (FROM last_org)
GROUP BY org, cluster, node
ORDER BY org, cluster, node;
