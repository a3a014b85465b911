-- Through which organisations the tables were read that spend is worked out of, in this run or an earlier one.
SELECT DISTINCT org, table_name
FROM period
WHERE table_name IN $tables AND org IN $orgs
ORDER BY ALL;
