-- By which tags Datadog attributed each organisation's cost and usage of $month, as its tag_config_source says.
SELECT org, org_public_id, max(org_name), tag_config_source
FROM (
    SELECT org, org_public_id, org_name, tag_config_source
    FROM monthly_cost
    WHERE left(period, 7) = $month
    UNION ALL
    SELECT org, org_public_id, org_name, tag_config_source
    FROM monthly_attribution
    WHERE left(period, 7) = $month
)
WHERE tag_config_source <> '' AND org IN $orgs
GROUP BY org, org_public_id, tag_config_source
ORDER BY org, org_public_id, tag_config_source;
