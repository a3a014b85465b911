-- Ends what was read differently this time, or not at all; of an id that was read twice the last counts.
UPDATE resource
SET to_run = $run
WHERE org = $org AND kind = $kind AND to_run IS NULL AND NOT EXISTS (
    SELECT id
    FROM staged
    WHERE org = $org AND kind = $kind AND staged.id = resource.id
    GROUP BY id
    HAVING arg_max(hash, place) = resource.hash
);
