-- The resources of a kind that a run read, as they were then.
SELECT body
FROM resource
SEMI JOIN (SELECT org FROM reading WHERE run = $run AND provides = $kind) USING (org)
WHERE kind = $kind AND from_run <= $run AND (to_run IS NULL OR to_run > $run)
ORDER BY org, id;
