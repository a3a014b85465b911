-- Begins what was read and is not there; of an id that was read twice the last counts.
INSERT INTO resource
SELECT org, kind, id, hash, body, $run, NULL
FROM staged
ANTI JOIN (SELECT id FROM resource WHERE org = $org AND kind = $kind AND to_run IS NULL) USING (id)
WHERE org = $org AND kind = $kind
QUALIFY row_number() OVER (PARTITION BY id ORDER BY place DESC) = 1
ORDER BY id;
