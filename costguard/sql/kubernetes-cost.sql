-- What clusters, namespaces, workloads or pods ($depth 1 to 4) cost from $start until before $until.
--
-- $nodes gives the nodes with a price: the money of one hour for each of their resources, and how much of it they have.
-- Of each, a pod is charged the larger of request and use; the share of money for it is its share of the node, or of all
-- that is charged on the node where that is more. What no pod is charged is the cluster's. Money is in whole parts of a
-- currency unit, every share is rounded down, and what rounding leaves is the cluster's: so all adds up, in any order.
-- Use that was not seen counts as all of the request: nothing is called idle that was not seen to be.
WITH priced AS (
    SELECT unnest($nodes::STRUCT(
        org VARCHAR, cluster VARCHAR, node VARCHAR,
        cpu_money HUGEINT, memory_money HUGEINT, gpu_money HUGEINT,
        cpu HUGEINT, memory HUGEINT, gpu HUGEINT
    )[], recursive := true)
),

node_hour AS (
    SELECT DISTINCT org, cluster, node, hour
    FROM kubernetes_usage
    WHERE node <> '' AND hour >= $start AND hour < $until AND org IN (FROM last_org)
),

pod_hour AS MATERIALIZED (
    SELECT
        *,
        greatest(cpu_used, cpu_requested, 0) AS cpu_held,
        greatest(memory_used, memory_requested, 0) AS memory_held,
        greatest(gpu_requested, 0) AS gpu_held
    FROM kubernetes_pod_hour
    WHERE hour >= $start AND hour < $until AND org IN (FROM last_org)
),

share AS (
    SELECT
        pod_hour.*,
        cpu_money * coalesce(cpu_used, cpu_held) // cpu_whole AS cpu_used_cost,
        cpu_money * cpu_held // cpu_whole AS cpu_cost,
        memory_money * coalesce(memory_used, memory_held) // memory_whole AS memory_used_cost,
        memory_money * memory_held // memory_whole AS memory_cost,
        coalesce(gpu_money * gpu_held // nullif(gpu_whole, 0), 0) AS gpu_cost
    FROM pod_hour
    LEFT JOIN (
        SELECT
            org, cluster, node, hour, cpu_money, memory_money, gpu_money,
            greatest(cpu * 3600, sum(cpu_held)) AS cpu_whole,
            greatest(memory * 3600, sum(memory_held)) AS memory_whole,
            greatest(gpu * 3600, sum(gpu_held)) AS gpu_whole
        FROM pod_hour
        JOIN priced USING (org, cluster, node)
        GROUP BY org, cluster, node, hour, cpu_money, memory_money, gpu_money, cpu, memory, gpu
    ) AS whole USING (org, cluster, node, hour)
),

line AS (
    SELECT
        'pods' AS whose,
        org,
        cluster,
        if($depth >= 2, namespace, NULL) AS namespace,
        if($depth >= 3, workload_kind, NULL) AS workload_kind,
        if($depth >= 3, workload, NULL) AS workload,
        if($depth >= 4, pod, NULL) AS pod,
        sum(cpu_used_cost + memory_used_cost + gpu_cost) AS used,
        sum(cpu_cost - cpu_used_cost + memory_cost - memory_used_cost) AS workload_idle,
        0::HUGEINT AS cluster_idle,
        sum(cpu_cost) AS cpu,
        sum(memory_cost) AS memory,
        sum(if(cpu_cost IS NULL, NULL, gpu_cost)) AS gpu,
        sum(seconds)::HUGEINT AS seconds,
        coalesce(sum(seconds) FILTER (cpu_cost IS NULL), 0)::HUGEINT AS unpriced_seconds,
        coalesce(
            sum(seconds) FILTER ((cpu_used IS NULL AND cpu_held > 0) OR (memory_used IS NULL AND memory_held > 0)), 0
        )::HUGEINT AS unseen_seconds,
        sum(cpu_used) AS cpu_used,
        sum(cpu_requested) AS cpu_requested,
        sum(memory_used) AS memory_used,
        sum(memory_requested) AS memory_requested,
        sum(gpu_requested) AS gpu_requested,
        sum(received) AS received,
        sum(sent) AS sent
    FROM share
    GROUP BY ALL
),

-- All that is paid for the priced nodes, less what is charged to pods.
idle AS (
    SELECT
        org,
        cluster,
        paid.cpu - coalesce(charged.cpu, 0) AS cpu,
        paid.memory - coalesce(charged.memory, 0) AS memory,
        paid.gpu - coalesce(charged.gpu, 0) AS gpu
    FROM (
        SELECT org, cluster, sum(cpu_money) AS cpu, sum(memory_money) AS memory, sum(gpu_money) AS gpu
        FROM node_hour
        JOIN priced USING (org, cluster, node)
        GROUP BY org, cluster
    ) AS paid
    LEFT JOIN (
        SELECT org, cluster, sum(cpu) AS cpu, sum(memory) AS memory, sum(gpu) AS gpu
        FROM line
        GROUP BY org, cluster
    ) AS charged USING (org, cluster)
)

SELECT *
FROM line
UNION ALL BY NAME
SELECT 'cluster' AS whose, org, cluster, cpu + memory + gpu AS cluster_idle, cpu, memory, gpu
FROM idle
ORDER BY org, cluster, namespace, workload_kind, workload, pod, whose;
