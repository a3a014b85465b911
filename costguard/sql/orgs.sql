-- The organisations as a run found them.
SELECT name, site, parent, public_id
FROM known_org
WHERE run = $run
ORDER BY name;
