-- Ends what was read differently this time, or not at all, of the kinds that were read.
UPDATE resource
SET to_run = $run
WHERE to_run IS NULL
    AND EXISTS (FROM ended WHERE ended.org = resource.org AND ended.kind = resource.kind)
    AND NOT EXISTS (
        FROM newest
        WHERE newest.org = resource.org
            AND newest.kind = resource.kind
            AND newest.id = resource.id
            AND newest.hash = resource.hash
    );
