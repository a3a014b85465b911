-- When each finding was first reported, by fingerprint.
SELECT fingerprint, min(first_seen)
FROM finding
GROUP BY fingerprint
ORDER BY fingerprint;
