"""Rows that only say that something is there: an organisation without usage, a dimension that the contract has not."""

from dataclasses import replace

from costguard.bill import billed_by_org, measure
from costguard.bill.dimensions import HOURLY_ENDPOINT, Dimensions
from tests.bill.rows import MONTH, means, used


def test_an_organisation_without_usage_is_no_dimension() -> None:
    rows = [used("infra_host_top99p", 5, of_org=5), used("", org="idle")]
    assert set(measure(rows, [], [], month=MONTH, currency="USD").lines) == {"infra_host"}
    assert set(billed_by_org(rows, [], month=MONTH)) == {("parent", "infra_host")}


def test_dimensions_of_the_contract_go_before_all_others() -> None:
    """Of a key that both report; a key that only another one reports is that one's."""
    bought = means("npm_host", "host_count", endpoint=HOURLY_ENDPOINT)
    other = replace(bought, dimension="a_host", view="all")
    only = replace(other, dimension="b_host", key="b_count")
    names = Dimensions([other, only, bought])
    assert names.hourly("network_flows", "host_count") == "npm_host"
    assert names.hourly("b_hosts", "b_count") == "b_host"
    assert names.named == {"npm_host", "a_host", "b_host"}
