-- The accounts that the last run's organisations were told of beside their own, by name: FALSE = connected, and not read
-- with its own keys, so that nothing of it counts; NULL = one of several of which one is one's own, not known which.
WITH told AS (
    FROM account
    WHERE org IN (FROM last_org)
)
SELECT DISTINCT own, name
FROM (
    SELECT own, coalesce(nullif(name, ''), account_public_id) AS name
    FROM told
    WHERE own IS NULL OR NOT own AND account_public_id NOT IN (SELECT account_public_id FROM told WHERE own)
    QUALIFY NOT own OR count(*) OVER (PARTITION BY org, own) > 1
)
ORDER BY name;
