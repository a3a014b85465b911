"""What findings are worth together, how they rank, and what is new about them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from costguard import triage
from costguard.bill import Bill, measure
from costguard.model.findings import Confidence, Effort, Finding, ResourceRef, Risk
from costguard.model.money import PriceSource, Saving
from costguard.model.report import Judged, State
from costguard.rule import Estate, Iterator, Options, Rule, SyntheticTest
from tests.bill.rows import MONTH, paid, used

NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Question(Rule[Options]):
    """Is it waste?"""

    id = "synthetics-idle"
    needs = (SyntheticTest,)
    Options = Options

    def check(self, estate: Estate) -> Iterator[Finding]:
        """Nothing: findings are made by hand here."""
        yield from ()


class Other(Question):
    """Is it more waste?"""

    id = "synthetics-overfrequent"


RULES = (Question(Options()), Other(Options()))


def finding(
    resource: str,
    frees: Mapping[str, int],
    *,
    rule: str = "synthetics-idle",
    confidence: Confidence = Confidence.HIGH,
    risk: Risk = Risk.SAFE,
    effort: Effort = Effort.MINUTES,
) -> Finding:
    return Finding(
        rule=rule,
        resource=ResourceRef(org="acme", kind="synthetic_test", id=resource, name=resource),
        why="Nobody looks.",
        do="Pause it.",
        frees={dimension: Decimal(units) for dimension, units in frees.items()},
        confidence=confidence,
        risk=risk,
        effort=effort,
    )


@pytest.fixture
def bill() -> Bill:
    """1,000,000 API runs, 600,000 of them committed at $0.0005, the rest on demand at $0.00075; no other line."""
    return measure(
        [used("synthetics_api_tests_sum", 1_000_000, 600_000, 400_000)],
        [paid("synthetics_api_tests_committed_cost", 300), paid("synthetics_api_tests_on_demand_cost", 300)],
        [],
        month=MONTH,
        currency="USD",
    )


def judge(findings: list[Finding], bill: Bill, first_seen: Mapping[str, datetime] | None = None) -> tuple[Judged, ...]:
    return triage.judged(findings, RULES, bill, now=NOW, first_seen=first_seen or {})


def test_a_total_is_one_evaluation_of_the_bill_for_all_findings(bill: Bill) -> None:
    judged = judge(
        [finding("a", {"synthetics_api_tests": 300_000}), finding("b", {"synthetics_api_tests": 300_000})], bill
    )
    assert [each.saving.now for each in judged] == [225, 225], "each alone fits into what is on demand"
    together = triage.total(judged, bill)
    assert (together.now, together.at_renewal) == (300, 100), "together they use up the on-demand part"


def test_about_one_resource_only_the_largest_claim_counts(bill: Bill) -> None:
    idle = finding("a", {"synthetics_api_tests": 100_000})
    overfrequent = finding("a", {"synthetics_api_tests": 80_000}, rule="synthetics-overfrequent")
    judged = {each.finding.rule: each for each in judge([overfrequent, idle], bill)}
    assert judged["synthetics-overfrequent"].overlaps_with == (idle.fingerprint,)
    assert judged["synthetics-idle"].overlaps_with == ()
    assert triage.total(list(judged.values()), bill).now == 75
    by_rule = triage.totals(list(judged.values()), bill, "rule")
    assert {rule: each.now for rule, each in by_rule.items()} == {"synthetics-idle": 75, "synthetics-overfrequent": 60}


def test_the_order_of_findings_does_not_matter(bill: Bill) -> None:
    findings = [finding(name, {"synthetics_api_tests": 7_000 * size}) for size, name in enumerate("abcd", 1)]
    reports = [judge(list(order), bill) for order in permutations(findings)]
    assert all(report == reports[0] for report in reports)
    assert [each.finding.resource.id for each in reports[0]] == ["d", "c", "b", "a"]


def test_a_finding_that_is_reported_twice_counts_once(bill: Bill) -> None:
    twice = finding("a", {"synthetics_api_tests": 100_000})
    assert len(judge([twice, twice], bill)) == 1


def test_what_has_no_price_is_counted_as_unpriced_and_hides_no_cost(bill: Bill) -> None:
    priced = finding("a", {"synthetics_api_tests": 100_000})
    unknown = finding("b", {"never_heard_of": 5})
    mixed = finding("c", {"synthetics_api_tests": 50_000, "never_heard_of": -5})
    judged = judge([priced, unknown, mixed], bill)
    together = triage.total(judged, bill)
    assert (together.findings, together.unpriced) == (3, 2)
    assert together.now == 75, "the mixed finding may be a loss, so its known half is not claimed"
    only = triage.total(judge([unknown], bill), bill)
    assert (only.now, only.at_renewal) == (None, None), "unknown, not zero"


def test_nothing_found_saves_nothing(bill: Bill) -> None:
    nothing = triage.total((), bill)
    assert (nothing.findings, nothing.now, nothing.at_renewal, nothing.unpriced) == (0, 0, 0, 0)


def test_a_finding_seen_before_is_known_since_then(bill: Bill) -> None:
    old, new = finding("a", {"synthetics_api_tests": 2}), finding("b", {"synthetics_api_tests": 1})
    then = datetime(2026, 9, 1, tzinfo=UTC)
    judged = {each.finding.resource.id: each for each in judge([old, new], bill, {old.fingerprint: then})}
    assert (judged["a"].state, judged["a"].first_seen) == (State.KNOWN, then)
    assert (judged["b"].state, judged["b"].first_seen) == (State.NEW, NOW)


@pytest.mark.parametrize(
    ("now", "at_renewal", "weights", "expected"),
    [
        ("0", "0", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 0),
        ("10000", "0", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 100),
        ("5000000", "0", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 100),
        ("99", "0", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 50),
        ("99", "0", (Confidence.LOW, Risk.SAFE, Effort.MINUTES), 25),
        ("99", "0", (Confidence.HIGH, Risk.REVIEW, Effort.DAYS), 34),
        ("0", "198", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 50),
        (None, None, (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 26),
        ("-40", "-40", (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 0),
    ],
)
def test_the_score_grows_with_the_logarithm_of_the_money_and_is_weighed(
    now: str | None, at_renewal: str | None, weights: tuple[Confidence, Risk, Effort], expected: int
) -> None:
    confidence, risk, effort = weights
    saving = Saving(
        now=None if now is None else Decimal(now),
        at_renewal=None if at_renewal is None else Decimal(at_renewal),
        source=PriceSource.MEASURED,
        working="",
    )
    found = finding("a", {"synthetics_api_tests": 1}, confidence=confidence, risk=risk, effort=effort)
    assert triage.score(found, saving) == expected
