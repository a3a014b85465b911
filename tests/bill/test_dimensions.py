"""What billing dimensions are called, and which keys of Datadog's answers mean them."""

import re
from datetime import date
from pathlib import Path

import pytest

from costguard.bill import Dimensions, label, product_of, unit
from costguard.model.usage import DimensionKey
from tests.bill.rows import means

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract"

KEYS = [
    ("infra_host_top99p", "infra_host", "hosts", "host", "hosts"),
    ("synthetics_api_tests_sum", "synthetics_api_tests", "synthetics", "run", "runs"),
    ("synthetics_browser_checks_sum", "synthetics_browser_checks", "synthetics", "run", "runs"),
    ("logs_indexed_15day_sum", "logs_indexed_15day", "logs", "event", "events"),
    ("logs_indexed_custom_retention_sum", "logs_indexed_custom_retention", "logs", "event", "events"),
    ("timeseries_average", "timeseries", "metrics", "time series", "time series"),
    ("dbm_normalized_queries_average", "dbm_normalized_queries", "dbm", "query", "queries"),
    ("apm_host_enterprise_top99p", "apm_host_enterprise", "apm", "host", "hosts"),
    ("rum_replay_sum", "rum_replay", "rum", "session", "sessions"),
    ("ci_pipeline_maximum", "ci_pipeline", "ci", "committer", "committers"),
    ("cws_host_top99p", "cws_host", "security", "host", "hosts"),
    ("flex_stored_logs", "flex_stored_logs", "logs", "unit", "units"),
    ("brand_new_thing_sum", "brand_new_thing", "other", "unit", "units"),
    ("_sum", "", "other", "unit", "units"),
]


@pytest.mark.parametrize(("key", "dimension", "product", "one", "many"), KEYS)
def test_a_key_names_its_dimension(key: str, dimension: str, product: str, one: str, many: str) -> None:
    assert Dimensions().billable(key) == dimension
    assert product_of(dimension) == product
    assert unit(dimension) == (one, many)


def test_labels_are_datadogs_where_it_gives_them() -> None:
    names = Dimensions([means("infra_host", "infra_host_top99p", label="Infra Hosts"), means("new_thing", None)])

    assert names.label("infra_host") == "Infra Hosts"
    assert names.label("apm_host") == label("apm_host") == "APM hosts"
    assert names.label("new_thing") == "new_thing"


MAPPINGS = [
    ("mapped", [means("apm_host_pro", "apm_host_top99p")], "apm_host_pro"),
    ("not found", [means("apm_host_pro", None)], "apm_host"),
    (
        "another answer's key",
        [means("apm_host_pro", "apm_host_top99p", endpoint="/api/v2/usage/hourly_usage")],
        "apm_host",
    ),
    (
        "claimed by several: the likely one",
        [means("apm_host", "apm_host_top99p"), means("aaa", "apm_host_top99p")],
        "apm_host",
    ),
    (
        "claimed by several: the first by name",
        [means("b", "apm_host_top99p"), means("a", "apm_host_top99p")],
        "a",
    ),
    (
        "changed since",
        [means("new", "apm_host_top99p"), means("aged", "apm_host_top99p", month=date(2026, 9, 1))],
        "new",
    ),
]


@pytest.mark.parametrize(("rows", "dimension"), [case[1:] for case in MAPPINGS], ids=[case[0] for case in MAPPINGS])
def test_datadogs_mapping_goes_before_the_rule(rows: list[DimensionKey], dimension: str) -> None:
    assert Dimensions(rows).billable("apm_host_top99p") == dimension


HOURLY = [
    ("infra_hosts", "host_count", "infra_host"),
    ("synthetics_api", "check_calls_count", "synthetics_api_tests"),
    ("indexed_logs", "logs_indexed_events_30_day_count", "logs_indexed_30day"),
    ("timeseries", "num_custom_timeseries", "timeseries"),
    ("infra_hosts", "agent_host_count", None),
    ("new_family", "new_type", "mapped_thing"),
]


@pytest.mark.parametrize(("family", "usage_type", "dimension"), HOURLY)
def test_hourly_measurements_name_their_dimension(family: str, usage_type: str, dimension: str | None) -> None:
    names = Dimensions([means("mapped_thing", "new_type", endpoint="/api/v2/usage/hourly_usage")])

    assert names.hourly(family, usage_type) == dimension


def test_every_published_key_of_the_billable_summary_has_a_product_or_is_known() -> None:
    published = CONTRACT / "openapi-v1.yaml"
    if not published.exists():
        pytest.skip(f"{published} is not there")
    schema = (
        published.read_text("utf-8")
        .split("    UsageBillableSummaryKeys:\n")[1]
        .split("    UsageBillableSummaryResponse:")[0]
    )
    keys = re.findall(r"^        (\w+):$", schema, re.MULTILINE)
    assert len(keys) > 70

    dimensions = {Dimensions().billable(key) for key in keys}

    assert {each for each in dimensions if product_of(each) == "other"} == {"cloud_cost_management"}
    assert not {each for each in dimensions if each.endswith(("_sum", "_average", "_top99p", "_maximum"))}


def test_most_dimensions_of_a_recorded_bill_have_a_product() -> None:
    recorded = CONTRACT / "cassettes" / "v2"
    bills = sorted(recorded.glob("*projected_cost*ok*")) or sorted(recorded.glob("*projected_cost*.yaml"))
    if not bills:
        pytest.skip(f"no recorded projected cost below {recorded}")
    names = {name for each in bills for name in re.findall(r'"product_name":"(\w+)"', each.read_text("utf-8"))}
    assert len(names) > 40

    assert {each for each in names if product_of(each) == "other"} == {
        "cloud_cost_management",
        "data_stream_monitoring",
        "usm_only_no_charge",
        "workflow_execution",
    }
