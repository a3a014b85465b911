"""The rules about money, the whole way, held to what the simulator knows of its own contract, days and tags."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.audit import audit
from costguard.commands._reading import Silent
from costguard.datadog.client import Connection
from costguard.datadog.collect import collect
from costguard.registry import choose, discover
from costguard.settings import keys, load
from costguard.simulator import Simulator, environment, settings_toml
from costguard.simulator.money import ExpectedMoney
from costguard.store import Store
from tests.running import Company, company

CENT = Decimal("0.01")
RULES = {rule.id: rule for rule in discover()}
MONEY = {id_ for id_ in RULES if id_.partition("-")[0] in ("attribution", "commit", "cost")}

Key = tuple[str, str, str, str]


def key(finding: Any) -> Key:
    return finding["rule"], finding["org"], finding["resource"]["kind"], finding["resource"]["id"]


def cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def report(acme: Company) -> Any:
    ran = acme.run("audit", "--format", "json", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    return ran.json


def large_enough(each: ExpectedMoney) -> bool:
    """Whether it is beyond the rule's own thresholds; the truth tells everything that a rule might look at."""
    options: Mapping[str, Decimal] = RULES[each.rule].Options().model_dump()
    if each.share is None:
        return each.weeks is None or each.weeks >= options["weeks"]
    if each.rule == "attribution-untagged":
        return each.share > options["max_share"]
    return each.share >= options["min_share"]


@pytest.fixture(scope="module")
def expected(acme: Company) -> Mapping[Key, ExpectedMoney]:
    return {
        (each.rule, each.org, each.kind, each.id): each for each in acme.simulator.truth.money if large_enough(each)
    }


@pytest.fixture(scope="module")
def found(report: Any) -> Mapping[Key, Any]:
    return {key(each): each for each in report["findings"] if each["rule"] in MONEY}


def test_the_findings_are_the_truth(found: Mapping[Key, Any], expected: Mapping[Key, ExpectedMoney]) -> None:
    assert sorted(found) == sorted(expected), "nothing missed, no look-alike flagged"
    assert {rule for rule, *_ in found} >= MONEY - {"cost-anomaly", "cost-projected-over-budget"}


def test_the_truth_has_look_alikes_below_the_thresholds(acme: Company) -> None:
    small = {each.rule for each in acme.simulator.truth.money if not large_enough(each)}
    assert small >= {"commit-on-demand-excess", "commit-underused"}


def test_what_could_be_committed_to_is_right_to_the_unit(
    found: Mapping[Key, Any], expected: Mapping[Key, ExpectedMoney]
) -> None:
    for place, truth in expected.items():
        sign = -1 if truth.rule == "commit-underused" else 1
        commits = {line["dimension"]: Decimal(line["units"]) for line in found[place]["commits"]}
        assert commits == {dimension: sign * units for dimension, units in truth.units.items()}
        assert found[place]["frees"] == []


def test_what_a_commitment_is_worth_is_right_to_the_cent(
    acme: Company, found: Mapping[Key, Any], expected: Mapping[Key, ExpectedMoney]
) -> None:
    known = {place: truth for place, truth in expected.items() if truth.at_renewal is not None}
    for place, truth in known.items():
        saving = found[place]["saving"]
        assert (cents(saving["now"]), cents(saving["at_renewal"])) == (truth.now, truth.at_renewal)
        assert saving["source"] == "measured"
    assert len(known) > 5
    hosts = found["commit-underused", acme.simulator.orgs[0].name, "billing_dimension", "apm_host"]["saving"]
    assert "Indexed Spans: included with the changed commitments" in hosts["working"], "fewer hosts include fewer spans"


def test_a_finding_about_no_units_has_no_saving(found: Mapping[Key, Any]) -> None:
    for place, finding in found.items():
        assert (finding["saving"] is None) is (place[0].partition("-")[0] != "commit")


def test_rates_are_apart_from_the_totals(acme: Company, report: Any, found: Mapping[Key, Any]) -> None:
    totals, truth = report["totals"], acme.simulator.truth
    assert (cents(totals["now"]), cents(totals["at_renewal"])) == (truth.total_now, truth.total_at_renewal)
    assert totals["unpriced"] == 0
    rates = totals["rates"]
    alone = [finding["saving"]["at_renewal"] for place, finding in found.items() if place[0].startswith("commit-")]
    known = [Decimal(amount) for amount in alone if amount is not None]
    assert (rates["findings"], rates["unpriced"]) == (len(alone), len(alone) - len(known))
    assert rates["now"] == "0"
    assert 0 < Decimal(rates["at_renewal"]) < sum(known), "the waste that is cleared first needs no commitment"
    assert not {"commit"} & totals["by_product"].keys()


def test_the_day_of_the_jump_and_its_cost_are_told(
    found: Mapping[Key, Any], expected: Mapping[Key, ExpectedMoney]
) -> None:
    for place, truth in expected.items():
        if truth.day is not None:
            assert truth.cost is not None
            assert f"{truth.day.day} {truth.day:%B %Y} cost ${truth.cost:,.2f}" in found[place]["why"]


def test_the_untagged_share_is_told(found: Mapping[Key, Any], expected: Mapping[Key, ExpectedMoney]) -> None:
    shares = {place: truth.share for place, truth in expected.items() if truth.rule == "attribution-untagged"}
    assert shares
    for place, share in shares.items():
        assert share is not None
        assert any(each["value"].endswith(f", {share:.0%}") for each in found[place]["evidence"])


def test_waste_is_not_drowned(report: Any) -> None:
    best = [each["rule"] in MONEY for each in report["findings"][:10]]
    assert sum(best) < len(best) / 2


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 1, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 5, 9, tzinfo=UTC),
        datetime(2026, 3, 9, 9, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    ],
    ids=str,
)
def test_the_truth_is_found_on_every_day_of_a_month(tmp_path: Path, now: datetime) -> None:
    with Simulator(now=now) as simulator, ExitStack() as stack:
        file, env = tmp_path / "costguard.toml", environment(simulator)
        file.write_text(settings_toml(simulator), encoding="utf-8")
        settings = load(file, env)
        opened = [
            stack.enter_context(Connection(org, keys(org, env), api_url=simulator.url, share=Decimal(1)))
            for org in settings.orgs
        ]
        with Store.open(tmp_path / "store.duckdb") as store:
            collect(opened, store, now, progress=Silent())
            report = audit(store, settings, choose(list(RULES.values()), settings, ["attribution-*", "co[ms]*"]))
    found = [each.finding for each in report.findings]
    assert sorted((each.rule, each.resource.org, each.resource.kind, each.resource.id) for each in found) == sorted(
        (each.rule, each.org, each.kind, each.id) for each in simulator.truth.money if large_enough(each)
    )


def test_budgets_are_held_against_the_running_month(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        running = acme.simulator.bill_truth.estimated
        if running is None:
            pytest.skip("nothing of the running month is estimated yet: it has just begun")
        spent, child = running.total.total, acme.simulator.orgs[1].name
        with acme.config.open("a", encoding="utf-8") as file:
            file.write(f"[budgets]\ntotal = {spent - CENT}\ndimensions = {{ rum = 1_000_000 }}\n")
            file.write(f"orgs = {{ {child} = {running.by_org[child].total - CENT} }}\n")
        ran = acme.run("audit", "--rule", "cost-*", "--format", "json", "--quiet")
        wrong = acme.config.read_text(encoding="utf-8").replace("{ rum =", "{ rums =")
        acme.config.write_text(wrong, encoding="utf-8")
        refused = acme.run("audit", "--offline")
    assert ran.code == 0
    over = {each["resource"]["id"]: each for each in ran.json["findings"] if each["resource"]["kind"] == "budget"}
    assert over.keys() == {"total", f"orgs.{child}"}
    assert over[f"orgs.{child}"]["org"] == child
    assert any(each["value"] == f"${spent:,.2f}" for each in over["total"]["evidence"])
    assert (refused.code, refused.out) == (2, "")
    assert "budgets.dimensions: rums is no billing dimension that the bill knows; did you mean rum?" in refused.err


@pytest.mark.parametrize("permission", ["billing_read", "usage_read"])
def test_without_a_permission_the_rules_are_silent_and_a_gap_names_them(tmp_path: Path, permission: str) -> None:
    with company(tmp_path, forbid={permission}) as acme:
        ran = acme.run("audit", "--format", "json", "--quiet")
    assert ran.code == 3
    assert not MONEY & {each["rule"] for each in ran.json["findings"]}
    gaps = [gap for gap in ran.json["gaps"] if gap["cause"] == "missing_permission" and not gap["optional"]]
    named = {rule for gap in gaps for rule in gap["rules"]}
    assert named >= MONEY
    priced = {rule for gap in gaps for rule in gap["prices"]}
    assert priced == {each["rule"] for each in ran.json["findings"] if each["frees"]}
    assert priced


def test_a_child_alone_says_nothing_about_the_account(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        child = acme.simulator.orgs[1].name
        ran = acme.run("audit", "--org", child, "--format", "json", "--quiet")
    assert ran.code == 0
    assert not MONEY & {each["rule"] for each in ran.json["findings"]}
    assert all(gap["optional"] for gap in ran.json["gaps"])
