-- By which tags Datadog attributed each organisation's cost of the months, as its tag_config_source says.
SELECT DISTINCT org_public_id, tag_config_source
FROM monthly_cost_series
WHERE period IN $periods AND org IN (FROM last_org) AND tag_config_source <> ''
    AND ($only IS NULL OR org_public_id = $only)
ORDER BY ALL;
