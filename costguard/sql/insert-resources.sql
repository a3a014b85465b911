-- Begins what was read and is not there.
INSERT INTO resource
SELECT org, kind, id, hash, body, $run, NULL
FROM newest
ANTI JOIN (SELECT org, kind, id FROM resource WHERE to_run IS NULL) USING (org, kind, id)
ORDER BY org, kind, id;
