"""The whole way, as users go it: command line, HTTP, store, rules, bill and report, held to the simulator's truth."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.running import Company, company

CENT = Decimal("0.01")

WASTE = {"logs-low-value-indexed", "metrics-unused", "synthetics-idle", "synthetics-overfrequent"}

Key = tuple[str, str, str, str]


def key(finding: Any) -> Key:
    return finding["rule"], finding["org"], finding["resource"]["kind"], finding["resource"]["id"]


def cents(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount).quantize(CENT, ROUND_HALF_UP)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def report(acme: Company) -> Any:
    """The audit of the simulated company at scale 1."""
    ran = acme.run("audit", "--format", "json", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    return ran.json


def test_the_findings_are_the_truth(acme: Company, report: Any) -> None:
    expected = {(each.rule, each.org, each.kind, each.id) for each in acme.simulator.truth.findings}
    waste = [key(each) for each in report["findings"] if each["rule"] in WASTE]
    assert sorted(waste) == sorted(expected), "nothing missed, no look-alike flagged, nothing twice"
    assert {rule for rule, *_ in waste} == WASTE


def test_every_saving_is_right_to_the_cent(acme: Company, report: Any) -> None:
    found = {key(each): each for each in report["findings"]}
    for each in acme.simulator.truth.findings:
        saving = found[each.rule, each.org, each.kind, each.id]["saving"]
        assert cents(saving["now"]) == each.now, each
        assert cents(saving["at_renewal"]) == each.at_renewal, each
        assert saving["source"] == "measured", each


def test_what_is_freed_is_right_to_the_unit(acme: Company, report: Any) -> None:
    found = {key(each): each for each in report["findings"]}
    for each in acme.simulator.truth.findings:
        freed = {
            line["dimension"]: Decimal(line["units"])
            for line in found[each.rule, each.org, each.kind, each.id]["frees"]
        }
        assert freed.keys() == each.frees.keys()
        for dimension, units in each.frees.items():
            assert freed[dimension] == pytest.approx(units, rel=Decimal("1e-12")), each


def test_the_totals_evaluate_the_bill_once(acme: Company, report: Any) -> None:
    truth = acme.simulator.truth
    assert cents(report["totals"]["now"]) == truth.total_now
    assert cents(report["totals"]["at_renewal"]) == truth.total_at_renewal
    alone = sum((each.now for each in truth.findings), Decimal(0))
    assert truth.total_now < alone, "the plan has findings whose savings must not be added"


def test_the_bill_is_the_measured_one_and_explained(acme: Company, report: Any) -> None:
    bill = report["bill"]
    assert cents(bill["total"]) == acme.simulator.truth.bill_total
    assert cents(bill["residual"]) == 0
    assert bill["source"] == "measured"


def test_overlapping_findings_name_each_other(report: Any) -> None:
    fingerprints = {each["fingerprint"] for each in report["findings"]}
    overlapping = [each for each in report["findings"] if each["overlaps_with"]]
    assert overlapping, "the plan has a test that two rules flag"
    assert all(set(each["overlaps_with"]) <= fingerprints for each in overlapping)


def test_no_metric_was_queried(acme: Company, report: Any) -> None:
    assert report["findings"]
    assert acme.simulator.offences == []


def test_offline_gives_the_same_report_and_sends_nothing(acme: Company, report: Any) -> None:
    sent = len(acme.simulator.requests)
    first = acme.run("audit", "--offline", "--format", "json")
    second = acme.run("audit", "--offline", "--format", "json")
    assert len(acme.simulator.requests) == sent
    assert first.code == 0
    assert first.out == second.out
    assert first.json == report


def test_a_second_audit_knows_its_findings(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        first = acme.run("audit", "--format", "json", "--quiet").json
        second = acme.run("audit", "--format", "json", "--quiet").json
    assert {each["state"] for each in first["findings"]} == {"new"}
    assert {each["state"] for each in second["findings"]} == {"known"}
    assert {each["first_seen"] for each in second["findings"]} == {first["generated_at"]}


def test_one_organisation_can_be_audited_alone(acme: Company, report: Any) -> None:
    org = acme.simulator.orgs[1].name
    ran = acme.run("audit", "--offline", "--org", org, "--format", "json")
    assert ran.code == 0
    assert {each["org"] for each in ran.json["findings"]} == {org}
    expected = {key(each) for each in report["findings"] if each["org"] == org}
    assert {key(each) for each in ran.json["findings"]} == expected


@pytest.mark.parametrize(
    ("permission", "silent"),
    [
        ("dashboards_read", {"synthetics-idle", "logs-low-value-indexed", "metrics-unused"}),
        ("monitors_read", {"synthetics-idle", "logs-low-value-indexed", "metrics-unused"}),
        ("synthetics_read", {"synthetics-idle", "synthetics-overfrequent"}),
        ("metrics_read", {"metrics-unused"}),
        ("logs_read_config", {"logs-low-value-indexed"}),
        ("timeseries_query", {"logs-low-value-indexed"}),
    ],
)
def test_without_a_permission_nothing_is_claimed_that_needs_it(
    tmp_path: Path, permission: str, silent: set[str]
) -> None:
    with company(tmp_path, forbid={permission}) as acme:
        ran = acme.run("audit", "--format", "json", "--quiet")
        shown = acme.run("audit", "--offline")
    assert ran.code == 3
    assert ran.err == ""
    assert not silent & {each["rule"] for each in ran.json["findings"]}
    stopped = [gap for gap in ran.json["gaps"] if gap["cause"] == "missing_permission" and not gap["optional"]]
    assert {org["name"] for org in ran.json["orgs"]} == {gap["org"] for gap in stopped}
    assert all(permission in gap["hint"] for gap in stopped)
    assert silent <= {rule for gap in stopped for rule in gap["rules"]}
    assert shown.code == 3
    assert permission in shown.out


@pytest.mark.parametrize("permission", ["slos_read", "notebooks_read", "monitors_downtime"])
def test_without_more_places_to_look_findings_are_less_sure(tmp_path: Path, report: Any, permission: str) -> None:
    with company(tmp_path, forbid={permission}) as acme:
        ran = acme.run("audit", "--format", "json", "--quiet")
    assert ran.code == 3
    before = {key(each): each["confidence"] for each in report["findings"]}
    order = ["low", "medium", "high"]
    for each in ran.json["findings"]:
        if key(each) in before:
            assert order.index(each["confidence"]) <= order.index(before[key(each)])
    assert any(each["confidence"] != before.get(key(each), each["confidence"]) for each in ran.json["findings"])


def test_without_the_bill_list_prices_stand_in_and_nothing_is_sold_as_cash(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"usage_read", "billing_read"}) as acme:
        ran = acme.run("audit", "--format", "json", "--quiet")
    assert ran.code == 3
    savings = [each["saving"] for each in ran.json["findings"]]
    assert {each["source"] for each in savings} <= {"list", None}
    assert {each["now"] for each in savings} == {None}, "what is committed is not known"
    assert ran.json["totals"]["now"] is None
    stopped = {rule for gap in ran.json["gaps"] if gap["what"] == "metric_usage" for rule in gap["rules"]}
    assert "metrics-unused" in stopped, "without usage no metric is known to be custom"


def test_gaps_can_be_allowed(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"slos_read"}) as acme:
        assert acme.run("audit", "--allow-gaps", "--quiet").code == 0
        assert acme.run("collect", "--allow-gaps", "--quiet").code == 0
        assert acme.run("collect", "--quiet").code == 3


def test_a_child_that_is_read_alone_keeps_the_accounts_prices(tmp_path: Path, report: Any) -> None:
    with company(tmp_path) as acme:
        child = acme.simulator.orgs[1].name
        assert acme.run("collect", "--quiet").code == 0
        ran = acme.run("audit", "--org", child, "--format", "json", "--quiet")
    assert ran.code == 0
    savings = {key(each): each["saving"] for each in ran.json["findings"]}
    assert savings
    assert {each["source"] for each in savings.values()} == {"measured"}
