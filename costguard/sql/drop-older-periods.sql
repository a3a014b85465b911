-- Leaves each period to the run that read it last.
DELETE FROM period
WHERE run <> $run AND (org, table_name, key) IN (SELECT (org, table_name, key) FROM period WHERE run = $run);
