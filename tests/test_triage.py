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

    def check(self, estate: Estate) -> Iterator[Finding]:  # noqa: ARG002 - findings are made by hand here
        """Nothing: findings are made by hand here."""
        yield from ()


class Other(Question):
    """Is it more waste?"""

    id = "synthetics-overfrequent"


class Contract(Question):
    """Is the commitment right?"""

    id = "commit-right"


class Governance(Question):
    """Is it tagged?"""

    id = "attribution-untagged"


RULES = (Question(Options()), Other(Options()), Contract(Options()), Governance(Options()))


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


def told(*amounts: object) -> tuple[object, ...]:
    """Amounts, to be compared with numbers of any type."""
    return amounts


def rate(commits: Mapping[str, int], *, resource: str = "synthetics_api_tests", rule: str = "commit-right") -> Finding:
    return Finding(
        rule=rule,
        resource=ResourceRef(org="acme", kind="billing_dimension", id=resource, name=resource),
        why="Three months say so.",
        do="Sign for it.",
        commits={dimension: Decimal(units) for dimension, units in commits.items()},
        confidence=Confidence.HIGH,
    )


def about(concerns: int | None = None) -> Finding:
    return Finding(
        rule="attribution-untagged",
        resource=ResourceRef(org="acme", kind="org", id="abc", name="acme"),
        why="Nobody answers for it.",
        do="Tag it.",
        concerns=None if concerns is None else Decimal(concerns),
        confidence=Confidence.HIGH,
        risk=Risk.SAFE,
    )


def test_what_datadog_does_not_bill_has_no_saving_and_lacks_no_price(bill: Bill) -> None:
    cluster = finding("k8s", {"kubernetes_cpu_core_hours": 500})
    [judged] = judge([cluster], bill)
    assert judged.saving is None
    together = triage.total([judged], bill)
    assert (together.now, together.at_renewal, together.unpriced) == (None, None, 0)


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
    assert [each.saving and each.saving.now for each in judged] == [225, 225], "each alone fits into what is on demand"
    together = triage.total(judged, bill)
    assert told(together.now, together.at_renewal) == (300, 100), "together they use up the on-demand part"


def test_about_one_resource_only_the_largest_claim_counts(bill: Bill) -> None:
    idle = finding("a", {"synthetics_api_tests": 100_000})
    overfrequent = finding("a", {"synthetics_api_tests": 80_000}, rule="synthetics-overfrequent")
    judged = {each.finding.rule: each for each in judge([overfrequent, idle], bill)}
    assert judged["synthetics-overfrequent"].overlaps_with == (idle.fingerprint,)
    assert judged["synthetics-idle"].overlaps_with == ()
    assert triage.total(list(judged.values()), bill).now == 75
    by_rule = triage.by_rule(list(judged.values()), bill)
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
    assert told(together.findings, together.unpriced) == (3, 2)
    assert together.now == 75, "the mixed finding may be a loss, so its known half is not claimed"
    only = triage.total(judge([unknown], bill), bill)
    assert told(only.now, only.at_renewal) == (None, None), "unknown, not zero"


def test_nothing_found_saves_nothing(bill: Bill) -> None:
    nothing = triage.total((), bill)
    assert told(nothing.findings, nothing.now, nothing.at_renewal, nothing.unpriced) == (0, 0, 0, 0)


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
        ("0", None, (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 26),
        ("-40", None, (Confidence.HIGH, Risk.SAFE, Effort.MINUTES), 0),
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


# In the bill 400,000 runs are on demand at $0.00075, where a committed one costs $0.0005.


def test_more_commitment_is_worth_the_difference_of_the_prices_at_renewal(bill: Bill) -> None:
    [judged] = judge([rate({"synthetics_api_tests": 400_000})], bill)
    assert judged.saving is not None
    assert told(judged.saving.now, judged.saving.at_renewal) == (0, 100)


@pytest.mark.parametrize(
    ("freed", "commits", "expected"),
    [
        (0, 400_000, 100),
        # Of the on-demand runs 100,000 are left to be committed to.
        (300_000, 400_000, 25),
        (400_000, 400_000, 0),
        # The use reaches into the commitment, and what of that is given up is saved by the usage finding.
        (500_000, 400_000, 0),
        (0, -100_000, -25),
    ],
)
def test_rates_are_worked_out_at_the_use_that_usage_findings_leave(
    bill: Bill, freed: int, commits: int, expected: int
) -> None:
    contract = rate({"synthetics_api_tests": commits})
    usage = [finding("a", {"synthetics_api_tests": freed})] if freed else []
    judged = judge([contract, *usage], bill)
    saved = triage.rates(judged, bill, after=judged)
    assert told(saved.findings, saved.now, saved.at_renewal, saved.unpriced) == (1, 0, expected, 0)
    assert triage.by_rule(judged, bill)["commit-right"] == saved


def test_what_using_less_saves_does_not_change_with_findings_about_rates(bill: Bill) -> None:
    usage = [finding("a", {"synthetics_api_tests": 300_000}), finding("b", {"synthetics_api_tests": 300_000})]
    without, judged = judge(usage, bill), judge([*usage, rate({"synthetics_api_tests": 400_000}), about()], bill)
    before, after = triage.total(without, bill), triage.total(judged, bill)
    assert after == before.model_copy(update={"findings": 4})
    assert triage.by_product(judged, bill).keys() == {"synthetics", "attribution"}


def test_of_an_unused_commitment_what_usage_findings_free_is_given_up_once(bill: Bill) -> None:
    half_used = measure(
        [used("synthetics_api_tests_sum", 500_000, 1_000_000, 0)],
        [paid("synthetics_api_tests_committed_cost", 500)],
        [],
        month=MONTH,
        currency="USD",
    )
    usage, contract = finding("a", {"synthetics_api_tests": 200_000}), rate({"synthetics_api_tests": -500_000})
    judged = judge([usage, contract], half_used)
    total, rates = triage.total(judged, half_used), triage.rates(judged, half_used, after=judged)
    assert told(total.at_renewal, rates.at_renewal) == (100, 250)
    assert rates.at_renewal == triage.rates(judge([contract], half_used), half_used, after=()).at_renewal


def test_about_one_dimension_only_the_largest_change_counts(bill: Bill) -> None:
    small, large = (
        rate({"synthetics_api_tests": 100_000}),
        rate({"synthetics_api_tests": 300_000}, rule="synthetics-idle"),
    )
    judged = {each.finding.rule: each for each in judge([small, large], bill)}
    assert judged["commit-right"].overlaps_with == (large.fingerprint,)
    assert triage.rates(list(judged.values()), bill, after=()).at_renewal == 75
    less, least = rate({"synthetics_api_tests": -1}), rate({"synthetics_api_tests": -2}, rule="synthetics-idle")
    assert {
        each.finding.commits["synthetics_api_tests"]: each.overlaps_with for each in judge([less, least], bill)
    } == {
        -1: (least.fingerprint,),
        -2: (),
    }


def test_a_change_without_a_price_is_counted_and_in_no_amount(bill: Bill) -> None:
    known, unknown = rate({"synthetics_api_tests": 400_000}), rate({"never_heard_of": 5}, resource="never_heard_of")
    judged = judge([known, unknown], bill)
    together = triage.rates(judged, bill, after=())
    assert told(together.findings, together.at_renewal, together.unpriced) == (2, 100, 1)
    only = triage.rates(judge([unknown], bill), bill, after=())
    assert told(only.now, only.at_renewal, only.unpriced) == (None, None, 1)
    assert triage.rates((), bill, after=()).at_renewal == 0


def test_a_finding_about_no_units_has_no_saving_and_is_not_without_a_price(bill: Bill) -> None:
    judged = judge([about(), finding("a", {"synthetics_api_tests": 100_000})], bill)
    assert {each.finding.rule: each.saving is None for each in judged} == {
        "attribution-untagged": True,
        "synthetics-idle": False,
    }
    together = triage.total(judged, bill)
    assert told(together.findings, together.now, together.unpriced, together.priceless) == (2, 75, 0, False)
    alone = triage.by_product(judged, bill)["attribution"]
    assert told(alone.findings, alone.now, alone.at_renewal, alone.unpriced, alone.priceless) == (
        1,
        None,
        None,
        0,
        True,
    )


@pytest.mark.parametrize(("concerns", "expected"), [(None, 26), (0, 0), (198, 50), (100_000, 100)])
def test_a_finding_about_no_units_is_ranked_by_half_of_what_it_concerns(concerns: int | None, expected: int) -> None:
    assert triage.score(about(concerns), None) == expected


def test_a_finding_is_about_use_or_about_the_contract_and_never_both() -> None:
    both = finding("a", {"synthetics_api_tests": 1}).model_dump() | {"commits": {"synthetics_api_tests": 1}}
    with pytest.raises(ValueError, match="not both"):
        Finding.model_validate(both)
