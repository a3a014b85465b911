-- The organisations as a run found them. One whose keys did not tell its public id has the id of the organisation that
-- the parent's usage calls by the same name, where there is just one and no other has that id.
WITH called AS (
    SELECT lower(org_name) AS name, min(org_public_id) AS public_id
    FROM billable_usage
    WHERE org IN (FROM last_org) AND org_name <> ''
    GROUP BY lower(org_name)
    HAVING count(DISTINCT org_public_id) = 1
)
SELECT found.name, site, parent, coalesce(found.public_id, called.public_id) AS public_id
FROM run_org AS found
LEFT JOIN called
    ON lower(found.name) = called.name
    AND called.public_id NOT IN (SELECT public_id FROM run_org WHERE run = $run AND public_id IS NOT NULL)
WHERE run = $run
ORDER BY found.name;
