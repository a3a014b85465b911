-- What was last seen of each resource of a kind and organisation, back to the last run that read them all.
SELECT body
FROM resource
WHERE org = $org AND kind = $kind AND (to_run IS NULL OR to_run > (
    SELECT coalesce(max(run), 0) FROM reading WHERE org = $org AND provides = $kind AND complete
))
QUALIFY row_number() OVER (PARTITION BY id ORDER BY from_run DESC) = 1
ORDER BY id;
