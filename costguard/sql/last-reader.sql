-- The version of costguard that last read a kind of an organisation.
SELECT run.version
FROM reading
JOIN run ON run.id = reading.run
WHERE reading.org = $org AND reading.provides = $kind
ORDER BY run.id DESC
LIMIT 1;
