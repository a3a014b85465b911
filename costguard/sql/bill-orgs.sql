-- The organisations that cost or usage names, with the name that each was last called by.
SELECT id, arg_max(name, seen) AS name
FROM (
    SELECT org_public_id AS id, org_name AS name, date AS seen
    FROM part
    UNION ALL
    SELECT org_public_id, org_name, month
    FROM billable_usage
    ANTI JOIN connected USING (org, account_public_id)
    WHERE org IN (FROM last_org)
)
WHERE id IS NOT NULL
GROUP BY id
ORDER BY name, id;
