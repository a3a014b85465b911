"""What `costguard bill` costs on accounts far larger than the simulated one, and what it is held to."""

import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from benchmarks.process import run
from costguard.store import Store

COSTGUARD = [sys.executable, "-m", "costguard", "bill", "--offline"]

SECONDS, MEGABYTES = 2.0, 1000
"""The targets for each breakdown."""

ORGS, DIMENSIONS, DAYS, MONTHS = 50, 50, 60, 15
"""Of the account: organisations, billing dimensions (each a product family), days of hourly usage, months of cost."""

TAG_SETS = 107
"""Sets of tag values of an organisation: with five fields a dimension, 20 million rows in 15 months."""

BREAKDOWNS = ("product", "org", "usage-type", "day", "tag:team")

COSTS = "['committed_cost', 'on_demand_cost', 'total_cost', 'percentage_in_org', 'percentage_in_account']"

ACCOUNT = f"""
INSERT INTO run VALUES (1, TIMESTAMP '2026-11-20 09:00', TIMESTAMP '2026-11-20 09:30', '0');
INSERT INTO run_org VALUES (1, 'acme', 'datadoghq.com', true, 'org00');
INSERT INTO period
    SELECT 'acme', 'monthly_cost', strftime(TIMESTAMP '2025-08-01' + to_months(m::INTEGER), '%Y-%m'), true,
        TIMESTAMP '2026-11-20 09:00', 1
    FROM range($months) months(m);

-- Total rows: a committed, an on-demand and a total cost and two percentages of each organisation's dimension.
INSERT INTO monthly_cost_series BY NAME
    SELECT 'acme' AS org, strftime(month, '%Y-%m') AS period, 1 AS run, month, printf('org%02d', o) AS org_public_id,
        printf('Organisation %02d', o) AS org_name, list(printf('dimension_%02d_%s', d, {COSTS}[f + 1])) AS field,
        list(CASE WHEN f = 2 THEN 25 ELSE 10 + 5 * f END * (1 + m)) AS value,
        'Acme:::team///env///service' AS tag_config_source, '2026-11-10T00' AS updated_at
    FROM (
        SELECT i // ($orgs * $dimensions * 5) AS m, i // ($dimensions * 5) % $orgs AS o, i // 5 % $dimensions AS d,
            i % 5 AS f, (DATE '2025-08-01' + to_months((i // ($orgs * $dimensions * 5))::INTEGER))::DATE AS month
        FROM range($months * $orgs * $dimensions * 5) rows(i)
    )
    GROUP BY month, o;
INSERT INTO billable_usage BY NAME
    SELECT 'acme' AS org, strftime(month, '%Y-%m') AS period, 1 AS run, month, printf('org%02d', o) AS org_public_id,
        printf('Organisation %02d', o) AS org_name, 'us' AS region, 'Pro' AS billing_plan,
        printf('dimension_%02d_sum', d) AS key, 'units' AS unit, 50 * 1000 * (1 + m) AS account_billable,
        30000 AS account_committed, 20000 * (1 + m) AS account_on_demand, 1000 * (1 + m) AS org_billable
    FROM (
        SELECT i // ($orgs * $dimensions) AS m, i // $dimensions % $orgs AS o, i % $dimensions AS d,
            (DATE '2025-08-01' + to_months((i // ($orgs * $dimensions))::INTEGER))::DATE AS month
        FROM range($months * $orgs * $dimensions) rows(i)
    );
INSERT INTO dimension_key BY NAME
    SELECT 'acme' AS org, strftime(month, '%Y-%m') AS period, 1 AS run, month,
        printf('dimension_%02d', d) AS dimension, printf('Dimension %02d', d) AS label,
        ['api/v1/usage/billable-summary', 'api/v2/usage/hourly_usage'][e + 1] AS endpoint,
        CASE WHEN e = 0 THEN printf('dimension_%02d_sum', d) ELSE printf('usage_%02d', d) END AS key
    FROM (
        SELECT i // 2 % $dimensions AS d, i % 2 AS e,
            (DATE '2025-08-01' + to_months((i // (2 * $dimensions))::INTEGER))::DATE AS month
        FROM range($months * $dimensions * 2) rows(i)
    );

-- The running totals of each organisation's dimension on each day.
INSERT INTO cost_charge BY NAME
    SELECT 'acme' AS org, strftime(day, '%Y-%m-%d') AS period, 1 AS run, 'estimated' AS source, 'sub-org' AS view,
        day AS date, printf('org%02d', o) AS org_public_id, printf('Organisation %02d', o) AS org_name,
        'org00' AS account_public_id, 'Organisation 00' AS account_name, 'us' AS region,
        printf('dimension_%02d', d) AS product, ['committed', 'on_demand', 'total'][c + 1] AS charge_type,
        [1.0, 0.5, 1.5][c + 1] * day(day) AS cost, TIMESTAMP '2026-11-20 09:00' AS read_at
    FROM (
        SELECT (DATE '2026-09-20' + (i // ($orgs * $dimensions * 3))::INTEGER) AS day,
            i // ($dimensions * 3) % $orgs AS o, i // 3 % $dimensions AS d, i % 3 AS c
        FROM range($days * $orgs * $dimensions * 3) rows(i)
    );
"""

HOURS = """
INSERT INTO hourly_usage_series BY NAME
    SELECT 'acme' AS org, strftime(hour, '%Y-%m-%d') AS period, 1 AS run, list(hour) AS hour,
        printf('org%02d', o) AS org_public_id, printf('Organisation %02d', o) AS org_name, 'us' AS region,
        printf('family_%02d', d) AS family, printf('usage_%02d', d) AS usage_type, list(i * 7919 % 1000) AS value
    FROM (
        SELECT i, TIMESTAMP '2026-09-20' + to_hours(i // ($orgs * $dimensions)) AS hour, i // $dimensions % $orgs AS o,
            i % $dimensions AS d
        FROM range($days * 24 * $orgs * $dimensions) rows(i)
    )
    GROUP BY period, o, d;
"""

TAGS = f"""
INSERT INTO period
    SELECT 'acme', 'monthly_cost',
        strftime(TIMESTAMP '2025-08-01' + to_months(m::INTEGER), '%Y-%m') || ':team,env,service', true,
        TIMESTAMP '2026-11-20 09:00', 1
    FROM range($months) months(m);
INSERT INTO monthly_cost_series BY NAME
    SELECT 'acme' AS org, strftime(month, '%Y-%m') || ':team,env,service' AS period, 1 AS run, month,
        printf('org%02d', o) AS org_public_id, printf('Organisation %02d', o) AS org_name,
        list(printf('dimension_%02d_%s', d, {COSTS}[f + 1])) AS field,
        list(CASE WHEN f = 2 THEN 0.25 ELSE 0.1 + 0.05 * f END * (1 + m)) AS value,
        printf('{{"env": ["env-%d"], "service": ["service-%d-%d"], "team": [%s]}}', t % 3, o, t,
            CASE WHEN t % 10 = 9 THEN '' ELSE printf('"team-%d"', t % 20) END) AS tags,
        'Acme:::team///env///service' AS tag_config_source, '2026-11-10T00' AS updated_at
    FROM (
        SELECT i // ($orgs * $sets * $dimensions * 5) AS m, i // ($sets * $dimensions * 5) % $orgs AS o,
            i // ($dimensions * 5) % $sets AS t, i // 5 % $dimensions AS d, i % 5 AS f,
            (DATE '2025-08-01' + to_months((i // ($orgs * $sets * $dimensions * 5))::INTEGER))::DATE AS month
        FROM range($months * $orgs * $sets * $dimensions * 5) rows(i)
    )
    GROUP BY month, o, t;
"""


def build(
    store: Path, *, tag_sets: int, orgs: int = ORGS, dimensions: int = DIMENSIONS, days: int = DAYS
) -> Mapping[str, int]:
    """A store of the account, with hourly usage or, where there are tag sets, with cost by tags; its rows by table."""
    with Store.open(store):
        pass
    sizes = {"orgs": orgs, "dimensions": dimensions, "days": days, "months": MONTHS, "sets": tag_sets}
    with duckdb.connect(str(store)) as connection:
        for script in (ACCOUNT, TAGS if tag_sets else HOURS):
            for statement in script.split(";\n"):
                used = {name: size for name, size in sizes.items() if f"${name}" in statement}
                if statement.strip():
                    connection.execute(statement, used or None)
        tables = ("hourly_usage", "monthly_cost", "cost_charge", "billable_usage")
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables}


def bills(store: Path, *, breakdowns: tuple[str, ...]) -> None:
    """Each breakdown of the last closed month (by day: of the running one), as a process of its own; best of three."""
    for by in breakdowns:
        month = ["--month", "2026-11"] if by == "day" else []
        command = [*COSTGUARD, "--store", str(store), "--by", by, *month]
        runs = [run(command, {"COLUMNS": "140"}) for _ in range(3)]
        for each in runs:
            if each.code:
                sys.exit(f"exit code {each.code}:\n{each.output}")
        used = min(runs, key=lambda each: each.wall)
        kept = used.wall <= SECONDS and used.peak <= MEGABYTES
        print(
            f"  --by {by:<12} {used.wall:5.2f} s wall, {used.cpu:5.2f} s CPU, {used.peak:4.0f} MB"
            f" (target {SECONDS:.0f} s, {MEGABYTES} MB){'' if kept else '  MISSED'}"
        )


def large(folder: Path) -> None:
    """Print the figures of both stores."""
    for name, sets, breakdowns in (
        ("hourly usage", 0, BREAKDOWNS[:-1]),
        ("cost by tags", TAG_SETS, BREAKDOWNS),
    ):
        store = folder / f"{name.replace(' ', '-')}.duckdb"
        rows = ", ".join(f"{count:,} {table} rows" for table, count in build(store, tag_sets=sets).items() if count)
        print(f"bill, {name}: {rows}; {store.stat().st_size / 1e6:,.0f} MB")
        bills(store, breakdowns=breakdowns)
        store.unlink()
