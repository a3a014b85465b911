-- What Datadog says that each organisation's dimensions cost a month, not broken down by tags, nor shares of it.
SELECT month, org_public_id, org_name, field, value, tags, tag_config_source, updated_at
FROM monthly_cost
WHERE tags IS NULL AND NOT contains(period, ':') AND suffix(field, '_cost') AND org IN $orgs
ORDER BY org, period, org_public_id, field, value, updated_at;
