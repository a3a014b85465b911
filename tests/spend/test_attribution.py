"""Attribution is what the cost by tags says of each organisation, and who it is attributed by."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from costguard.model.spend import Attribution
from costguard.model.usage import MonthlyAttribution, MonthlyCost, Row
from tests.spend.account import Periods, broken_down, found

OCTOBER = "2026-10:team,env"


def tagged(*rows: MonthlyCost, key: str = OCTOBER) -> dict[tuple[type[Row], str], Sequence[Row]]:
    totals = [broken_down(1000, None), broken_down(500, None, org="child")]
    return {(MonthlyCost, "2026-10"): totals, (MonthlyCost, key): rows}


@pytest.mark.parametrize(
    ("rows", "cost", "untagged"),
    [
        ([broken_down(10, {"team": ["web"], "env": ["prod"]})], 10, {"team": 0, "env": 0}),
        ([broken_down(10, {"team": [], "env": ["prod"]})], 10, {"team": 10, "env": 0}),
        ([broken_down(10, {"team": ["<empty>"], "env": []})], 10, {"team": 10, "env": 10}),
        ([broken_down(10, {"team": ["<empty>", "web"], "env": ["a", "b"]})], 10, {"team": 0, "env": 0}),
        ([broken_down(10, {"team": ["web"]})], 10, {"team": 0, "env": 10}),
        (
            [broken_down(10, {"team": ["web"], "env": []}), broken_down(4, {"team": [], "env": []})],
            14,
            {"team": 4, "env": 14},
        ),
        # A total repeats what it is made of; where there is none, the parts are all there is.
        (
            [
                broken_down(6, {"team": [], "env": ["x"]}, field="rum_committed_cost"),
                broken_down(4, {"team": [], "env": ["x"]}, field="rum_on_demand_cost"),
                broken_down(10, {"team": [], "env": ["x"]}, field="rum_total_cost"),
                broken_down(50, {"team": [], "env": ["x"]}, field="rum_percentage_in_org"),
                broken_down(5, {"team": ["web"], "env": ["x"]}, field="apm_host_committed_cost"),
            ],
            15,
            {"team": 10, "env": 0},
        ),
        # What is not broken down is on neither side.
        ([broken_down(10, {"team": [], "env": ["x"]}), broken_down(1000, None)], 10, {"team": 10, "env": 0}),
    ],
)
def test_untagged_is_what_has_no_value_of_a_key(
    tmp_path: Path, rows: list[MonthlyCost], cost: int, untagged: dict[str, int]
) -> None:
    parent = found(tmp_path, tagged(*rows), Attribution)["parent"]
    assert parent.cost == cost
    assert dict(parent.untagged) == untagged
    assert (parent.month, parent.org) == (date(2026, 10, 1), "acme")


def test_the_latest_breakdown_of_the_latest_month_counts(tmp_path: Path) -> None:
    rows: Periods = {
        **tagged(broken_down(7, {"team": []}), key="2026-10:team"),
        (MonthlyCost, "2026-09:team"): [broken_down(1, {"team": []}, month=date(2026, 9, 1))],
        (MonthlyCost, "2026-11"): [broken_down(3, None, month=date(2026, 11, 1))],
    }
    parent = found(tmp_path, rows, Attribution)["parent"]
    assert parent.cost == 7
    assert parent.month == date(2026, 10, 1)


def test_an_organisation_is_called_as_in_the_settings_and_else_as_datadog_does(tmp_path: Path) -> None:
    rows = [broken_down(5, {"team": [], "env": []}, org=org) for org in ("parent", "child", "other")]
    attributions = found(tmp_path, tagged(*rows), Attribution)
    about = {}
    for id_, each in attributions.items():
        about[id_] = (each.org, each.organisation.name, each.organisation.id)
    assert about == {
        "parent": ("acme", "acme", "parent"),
        "child": ("acme-shop", "acme-shop", "child"),
        "other": ("acme", "Other", "other"),
    }


@pytest.mark.parametrize(
    ("sources", "keys", "usual"),
    [
        ({"parent": ["Parent:::team///env"], "child": ["Parent:::env///team"]}, [("env", "team")], ("env", "team")),
        ({"parent": ["Parent:::team"], "child": ["Child:::owner"]}, [("owner",)], ("team",)),
        ({"parent": ["Parent:::team"], "child": ["A:::B:::owner"]}, [("owner",)], ("team",)),
        (
            {"parent": ["Parent:::team"], "child": ["C:::team", "C:::team///env"]},
            [("env", "team"), ("team",)],
            ("team",),
        ),
        ({"parent": ["Parent:::team"], "child": [None]}, [], ("team",)),
        ({"child": ["C:::owner"], "other": ["D:::team"], "third": ["D:::team"]}, [("owner",)], ("team",)),
        ({"parent": ["P:::a", "P:::b"], "child": ["C:::b"]}, [("b",)], ("b",)),
    ],
)
def test_tag_keys_are_compared_with_the_parents(
    tmp_path: Path, sources: Mapping[str, Sequence[str | None]], keys: list[tuple[str, ...]], usual: tuple[str, ...]
) -> None:
    totals = [
        broken_down(number, None, org=org, source=source)
        for org, each in sources.items()
        for number, source in enumerate(each)
    ]
    tags = {"team": ["web"]}
    broken = [broken_down(1, tags, org="child", source=sources["child"][0])]
    rows: Periods = {(MonthlyCost, "2026-10"): totals, (MonthlyCost, "2026-10:team"): broken}
    child = found(tmp_path, rows, Attribution)["child"]
    assert (list(child.tag_keys), child.usual_keys) == (keys, usual)


def test_a_change_that_only_usage_attribution_shows_counts_too(tmp_path: Path) -> None:
    month = date(2026, 10, 1)
    usage = MonthlyAttribution(month, "parent", "Parent", "us", "rum_usage", None, None, "Parent:::service", None)
    rows: Periods = {**tagged(broken_down(1, {"team": []})), (MonthlyAttribution, "2026-10"): [usage]}
    parent = found(tmp_path, rows, Attribution)["parent"]
    assert parent.tag_keys == (("env", "team"), ("service",))


def test_without_any_attribution_there_is_none(tmp_path: Path) -> None:
    assert found(tmp_path, {}, Attribution) == {}
    assert found(tmp_path / "empty", {(MonthlyCost, "2026-10"): []}, Attribution) == {}
