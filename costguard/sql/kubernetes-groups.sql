-- Each workload from $start until before $until that still ran from $lately on: how long its pods ran, what a pod requests
-- now and uses at most in 95 % of its hours, and what an hour of a core and of a gigabyte costs on its nodes ($nodes: as for
-- kubernetes-cost.sql). CPU in nanocores, memory in bytes, money in whole parts of a currency unit; NULL = not known.
WITH priced AS (
    SELECT unnest($nodes::STRUCT(
        org VARCHAR, cluster VARCHAR, node VARCHAR,
        cpu_money HUGEINT, memory_money HUGEINT, gpu_money HUGEINT,
        cpu HUGEINT, memory HUGEINT, gpu HUGEINT
    )[], recursive := true)
),

pod_hour AS (
    SELECT
        org, cluster, namespace, workload_kind, workload, hour, seconds,
        cpu_used // seconds AS cpu_used,
        cpu_requested // seconds AS cpu_requested,
        memory_used // seconds AS memory_used,
        memory_requested // seconds AS memory_requested,
        if(cpu_money IS NULL, NULL, seconds) AS priced_seconds,
        cpu_money * 1_000_000_000 // cpu * seconds AS core_money,
        memory_money * 1_000_000_000 // memory * seconds AS gigabyte_money
    FROM kubernetes_pod_hour
    LEFT JOIN priced USING (org, cluster, node)
    WHERE hour >= $start AND hour < $until AND org IN (FROM last_org)
),

placed AS (
    SELECT
        *,
        max(hour) FILTER (cpu_requested IS NOT NULL) OVER workload AS cpu_requested_last,
        max(hour) FILTER (memory_requested IS NOT NULL) OVER workload AS memory_requested_last
    FROM pod_hour
    WINDOW workload AS (PARTITION BY org, cluster, namespace, workload_kind, workload)
)

SELECT
    org, cluster, namespace, workload_kind, workload,
    count(DISTINCT hour),
    sum(seconds)::HUGEINT,
    epoch($until)::BIGINT - epoch(min(hour))::BIGINT,
    max(cpu_requested) FILTER (hour = cpu_requested_last AND hour >= $lately),
    quantile_disc(cpu_used, 0.95),
    max(memory_requested) FILTER (hour = memory_requested_last AND hour >= $lately),
    quantile_disc(memory_used, 0.95),
    max(memory_used),
    sum(core_money) // sum(priced_seconds)::HUGEINT,
    sum(gigabyte_money) // sum(priced_seconds)::HUGEINT
FROM placed
GROUP BY org, cluster, namespace, workload_kind, workload
HAVING max(hour) >= $lately
ORDER BY org, cluster, namespace, workload, workload_kind;
