-- Makes the temporary table `connected`: the accounts that are read beside one's own, as a partner's customers
-- (`[usage] connected_accounts`). One's own is the account that Datadog names in the rows of the organisation
-- that they were read through, by `$names` and public `$ids`; where no row tells it, no account is taken for another's.
CREATE OR REPLACE TEMP TABLE connected AS
WITH seen AS (
    SELECT DISTINCT org, org_public_id, account_public_id, account_name FROM hourly_usage_series
    UNION
    SELECT org, org_public_id, account_public_id, account_name FROM billable_usage
    UNION
    SELECT org, org_public_id, account_public_id, account_name FROM cost_total
    UNION
    SELECT org, org_public_id, account_public_id, account_name FROM cost_charge
), own AS (
    SELECT DISTINCT org, account_public_id AS id
    FROM seen
    WHERE org_public_id = $ids[list_position($names, org)] AND account_public_id <> ''
)
SELECT account_public_id AS id, max(account_name) AS name
FROM seen
WHERE account_public_id <> '' AND org IN (SELECT org FROM own) AND (org, account_public_id) NOT IN (SELECT (org, id) FROM own)
GROUP BY account_public_id;
