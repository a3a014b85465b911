-- What was read of the kinds whose reading has ended; of an id that was read twice the last counts.
CREATE TEMP TABLE newest AS
SELECT org, kind, id, hash, body
FROM staged
SEMI JOIN ended USING (org, kind)
QUALIFY row_number() OVER (PARTITION BY org, kind, id ORDER BY place DESC) = 1;
