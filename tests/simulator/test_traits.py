"""Accounts of other kinds: on a government site, on trial, without tags; and windows that no account is given."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from costguard.simulator import Simulator, Traits, settings_toml
from tests.simulator.asking import NEEDED, ask, get
from tests.simulator.calls import (
    COST,
    ESTIMATED,
    HISTORICAL,
    HOURLY,
    HOURLY_ATTRIBUTION,
    MONTHLY_ATTRIBUTION,
    PROJECTED,
)

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def test_a_government_site_has_no_cost_attribution() -> None:
    with Simulator(now=NOW, traits=Traits(site="ddog-gov.com")) as sim:
        assert ask(sim, COST, query=NEEDED[COST]).status == 404
        assert get(sim, HISTORICAL, start_month="2026-09")["data"]
        assert get(sim, MONTHLY_ATTRIBUTION, 0, **NEEDED[MONTHLY_ATTRIBUTION])["usage"]
        assert {org["site"] for org in tomllib.loads(settings_toml(sim))["orgs"]} == {"ddog-gov.com"}


def test_a_trial_is_measured_and_not_billed() -> None:
    with Simulator(now=NOW, traits=Traits(trial=True)) as sim:
        for path in (COST, HISTORICAL, ESTIMATED):
            assert get(sim, path, 0, **NEEDED[path]) == {"data": []}
        assert get(sim, PROJECTED) == {"data": []}
        assert get(sim, "/api/v1/usage/billable-summary", month="2026-09") == {"usage": []}
        assert get(sim, "/api/v2/usage/billing_dimension_mapping") == {"data": []}
        assert get(sim, "/api/v2/cost_by_tag/active_billing_dimensions")["data"]["attributes"]["values"] == []
        for path in (MONTHLY_ATTRIBUTION, HOURLY_ATTRIBUTION, "/api/v2/usage/usage-attribution-types"):
            assert ask(sim, path, query=NEEDED.get(path)).status == 403
        assert get(sim, HOURLY, 0, **NEEDED[HOURLY])["data"]
        assert get(sim, "/api/v1/usage/top_avg_metrics", month="2026-09")["usage"]


def test_without_chosen_tags_every_row_is_a_total() -> None:
    with Simulator(now=NOW, traits=Traits(attribution=False)) as sim:
        for path, items in ((COST, "data"), (MONTHLY_ATTRIBUTION, "usage"), (HOURLY_ATTRIBUTION, "usage")):
            found: list[Any] = get(sim, path, 0, **NEEDED[path], tag_breakdown_keys="team")[items]
            about = [row.get("attributes", row) for row in found]
            assert {row["tags"] for row in about} == {None}
            assert {row["tag_config_source"] for row in about} == {""}
        assert not [each for each in sim.truth.money if each.rule.startswith("attribution")]
        assert list(sim.bill_truth.month(sim.bill_truth.months[-1]).by_tag("team")) == [None]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (COST, {"start_month": "2025-06", "fields": "*"}),
        (COST, {"start_month": "2026-09", "end_month": "2026-08", "fields": "*"}),
        (COST, {"start_month": "2026-09", "fields": "not_a_product"}),
        (COST, {"start_month": "2026-09", "fields": "*", "sort_name": "not_a_product"}),
        (HISTORICAL, {}),
        (HISTORICAL, {"start_month": "2025-06"}),
        (HISTORICAL, {"start_month": "2026-09", "view": "everything"}),
        (ESTIMATED, {}),
        (ESTIMATED, {"start_month": "2026-10", "start_date": "2026-10-01"}),
        (ESTIMATED, {"start_month": "2026-07"}),
        (ESTIMATED, {"start_date": "2026-07-31"}),
        (ESTIMATED, {"start_date": "2026-10-05", "end_date": "2026-10-04"}),
        (ESTIMATED, {"start_date": "2026-10-05", "cost_aggregation": "daily"}),
        (PROJECTED, {"view": "everything"}),
        ("/api/v1/usage/summary", {"start_month": "2025-06"}),
        ("/api/v1/usage/summary", {}),
        ("/api/v2/usage/billing_dimension_mapping", {"filter[view]": "some"}),
        (HOURLY, {**NEEDED[HOURLY], "filter[versions]": "logs:2.0.0"}),
    ],
)
def test_what_datadog_would_not_take_is_refused(sim: Simulator, path: str, query: dict[str, object]) -> None:
    assert ask(sim, path, query=query).status == 400


def test_estimates_of_the_month_before_last_are_empty(sim: Simulator) -> None:
    assert get(sim, ESTIMATED, start_month="2026-08") == {"data": []}
    assert get(sim, ESTIMATED, start_date="2026-08-01", end_date="2026-08-31") == {"data": []}


def test_all_families_are_told_with_nulls_and_the_account(sim: Simulator) -> None:
    window = {"filter[timestamp][start]": "2026-10-20T00", "filter[timestamp][end]": "2026-10-20T01"}
    found = get(sim, HOURLY, 0, **window, **{"filter[product_families]": "all", "filter[include_descendants]": "true"})
    records = [record["attributes"] for record in found["data"]]
    assert len({record["product_family"] for record in records}) == 17
    assert len(records) == 17 * 3
    accounts = {(record["account_name"], record["account_public_id"]) for record in records}
    assert accounts == {("larkspur", sim.orgs[0].public_id)}
    nulls = {each["usage_type"] for record in records for each in record["measurements"] if each["value"] is None}
    assert {"container_count_excl_agent", "vsphere_host_count", "session_count", "replay_session_count"} <= nulls
    assert all(isinstance(each["value"], int | None) for record in records for each in record["measurements"])


def test_the_breakdown_is_of_logs_alone_and_a_connected_account_is_apart(sim: Simulator) -> None:
    query = {
        **NEEDED[HOURLY],
        "filter[timestamp][end]": "2026-10-20T02",
        "filter[product_families]": "logs,infra_hosts",
    }

    def types(**more: object) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for record in get(sim, HOURLY, 0, **query, **more)["data"]:
            about = record["attributes"]
            key = f"{about['product_family']} of {about['org_name']}"
            found.setdefault(key, set()).update(each["usage_type"] for each in about["measurements"])
        return found

    plain, broken = types(), types(**{"filter[include_breakdown]": "true"})
    assert broken["infra_hosts of larkspur"] == plain["infra_hosts of larkspur"]
    assert broken["logs of larkspur"] - plain["logs of larkspur"] == {
        f"logs_{kind}_{what}" for kind in ("live", "rehydrated") for what in ("ingested_bytes", "indexed_count")
    }
    connected = types(**{"filter[include_connected_accounts]": "true"})
    assert connected.keys() - plain.keys() == {"infra_hosts of foxglove-outfitters"}


def test_the_breakdown_of_logs_adds_up_to_the_indexes(sim: Simulator) -> None:
    query = {
        "filter[timestamp][start]": "2026-09-01T00",
        "filter[timestamp][end]": "2026-09-08T00",
        "filter[product_families]": "logs",
        "filter[include_breakdown]": "true",
    }
    sums: dict[str, int] = {}
    for record in get(sim, HOURLY, 0, **query)["data"]:
        for each in record["attributes"]["measurements"]:
            sums[each["usage_type"]] = sums.get(each["usage_type"], 0) + each["value"]
    rows = get(sim, "/api/v1/usage/logs_by_index", 0, start_hr="2026-09-01T00", end_hr="2026-09-08T00")["usage"]
    assert sums["logs_live_indexed_count"] == sum(row["live_index_indexed"] for row in rows)
    assert sums["logs_rehydrated_indexed_count"] == sum(row["rehydrated_indexed"] for row in rows) > 0
