"""A gap names every rule that rests on what was not read, and whose findings have worse prices for it."""

from decimal import Decimal

import pytest

from costguard.gaps import explained, kinds_of, unexplained
from costguard.model.findings import Cause, Confidence, Finding, Gap, ResourceRef
from costguard.registry import discover

RULES = tuple(rule.configured({}) for rule in discover())
MONEY = {
    *("attribution-tag-drift", "attribution-untagged", "commit-on-demand-excess", "commit-underused"),
    *("cost-anomaly", "cost-projected-over-budget"),
}


def gap(what: str, *, org: str = "acme", cause: Cause = Cause.MISSING_PERMISSION) -> Gap:
    return Gap(org=org, what=what, cause=cause, hint="grant it")


def finding(rule: str, frees: int = 0, commits: int = 0) -> Finding:
    return Finding(
        rule=rule,
        resource=ResourceRef(org="acme", kind="x", id="x", name="x"),
        why=".",
        do=".",
        frees={"rum": Decimal(frees)} if frees else {},
        commits={"rum": Decimal(commits)} if commits else {},
        confidence=Confidence.HIGH,
    )


@pytest.mark.parametrize(
    ("what", "rules", "prices"),
    [
        ("billable_usage", {"commit-on-demand-excess", "commit-underused"}, True),
        (
            "monthly_cost",
            {"commit-on-demand-excess", "commit-underused", "attribution-untagged", "attribution-tag-drift"},
            True,
        ),
        ("monthly_cost tags", {"attribution-untagged", "attribution-tag-drift"} | {
            "commit-on-demand-excess",
            "commit-underused",
        }, True),
        ("monthly_attribution", {"attribution-untagged", "attribution-tag-drift"}, False),
        ("cost_charge", {"cost-anomaly", "cost-projected-over-budget"}, False),
        ("cost_charge projected", {"cost-anomaly", "cost-projected-over-budget"}, False),
        ("dimension_key", set(), True),
        ("index_usage", {"logs-low-value-indexed"}, False),
        ("metric_usage", {"metrics-unused"}, False),
        ("kubernetes_usage", {"k8s-overrequested"}, False),
        ("synthetic_test", {"synthetics-idle", "synthetics-overfrequent"}, False),
        ("org", {rule.id for rule in RULES}, True),
        ("cost-anomaly", {"cost-anomaly"}, False),
        ("usage_summary", set(), False),
    ],
)  # fmt: skip
def test_what_rests_on_it(what: str, rules: set[str], prices: bool) -> None:
    findings = [finding("synthetics-idle", frees=1), finding("commit-underused", commits=-1), finding("cost-anomaly")]
    [reported] = explained([gap(what), gap(what)], RULES, findings, ["acme"])
    assert set(reported.rules) == rules
    assert list(reported.rules) == sorted(rules)
    assert reported.prices == (("commit-underused", "synthetics-idle") if prices else ())


def test_a_child_that_cannot_be_read_leaves_the_prices_alone() -> None:
    [reported] = explained([gap("org", org="child")], RULES, [finding("synthetics-idle", frees=1)], ["acme"])
    assert reported.prices == ()


def test_keys_that_are_not_a_parents_stop_all_that_is_about_the_account() -> None:
    [reported] = explained([gap("billable_usage", cause=Cause.NOT_PARENT)], RULES, (), ())
    assert set(reported.rules) == MONEY


def test_a_gap_explains_what_is_worked_out_of_it_in_its_own_organisation() -> None:
    unseen = {("acme", "billing_dimension"), ("acme", "daily_spend"), ("other", "billing_dimension"), ("acme", "slo")}
    gaps = [gap("monthly_cost"), gap("slo")]
    assert unexplained(unseen, gaps) == [("acme", "daily_spend"), ("other", "billing_dimension")]
    assert unexplained(unseen, [gap("org"), gap("org", org="other")]) == []
    assert kinds_of(gap("billable_usage", cause=Cause.NOT_PARENT)) >= {"daily_spend", "attribution", "budget"}
