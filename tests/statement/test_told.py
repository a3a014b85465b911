"""What a reader is told beside the figures: of a range that was cut, of other tags, and of a month that is not over."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.errors import CostguardError
from costguard.model.contract import Contract
from costguard.model.usage import MetricUsage, MonthlyCost, Period
from costguard.settings import Settings
from costguard.statement import request, statement
from costguard.statements.html import render
from costguard.statements.json import document
from costguard.store import RunOrg
from tests.statement.rows import NOW, OCTOBER, SEPTEMBER, charge, cost, show, stored, used
from tests.statement.test_terminal import printed

NOVEMBER = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("asked", "notes"),
    [
        (
            {"first": "2023-01", "last": "2027-05"},
            ["the store has no cost of January 2023 to August 2026 and November 2026 to May 2027"],
        ),
        ({"first": "2026-08"}, ["the store has no cost of August 2026"]),
        (
            {"last": "2026-10"},
            ["--to without --from begins with the oldest month that the store has: September 2026"],
        ),
        ({"first": "2026-09", "last": "2026-10"}, []),
        ({"month": "2026-10"}, []),
    ],
)
def test_a_range_is_not_cut_silently(tmp_path: Path, asked: dict[str, str], notes: list[str]) -> None:
    with stored(tmp_path, cost("rum_total_cost", 5), cost("rum_total_cost", 4, month=SEPTEMBER)) as store:
        statement = show(store, **asked)
    assert list(statement.notes) == notes
    assert document(statement).notes == notes
    assert all(note in " ".join(printed(statement).split()) for note in notes)


def attributed(amount: int, org: str, source: str, tags: str | None = None) -> MonthlyCost:
    return replace(cost("rum_total_cost", amount, org=org, tags=tags), tag_config_source=source)


def test_who_is_attributed_by_other_tags_is_named(tmp_path: Path) -> None:
    rows = [attributed(6, "parent", "Parent:::team///env"), attributed(4, "labs", "Labs:::project")]
    tags = [
        attributed(6, "parent", "Parent:::team///env", '{"env":["prod"],"team":["web"]}'),
        attributed(4, "labs", "Labs:::project"),
    ]
    with stored(tmp_path, *rows, breakdowns={"2026-10:env,team": tags}) as store:
        assert show(store, by="tag:team").notes == (
            "Labs: Datadog attributes this cost by project, so that it is not broken down by team",
        )
        assert show(store).notes == ()
        with pytest.raises(CostguardError) as raised:
            show(store, by="tag:project")
        alone = show(store, org="labs")
    assert str(raised.value) == (
        "--by tag:project: unknown tag; the cost is broken down by env, team"
        " (Datadog attributes Parent by env, team; Labs by project; [attribution] tags says what is read)"
    )
    text = printed(alone)
    assert "Without the tag" not in text
    assert "By tags – not broken down by env, team" in " ".join(text.split())
    assert '<th scope="row">env</th><td class="m">–</td>' in render(alone)


def test_a_month_that_is_not_over_is_never_said_to_have_cost_something_in_all(tmp_path: Path) -> None:
    rows = [charge("rum", "total", 5, source="estimated", day=NOVEMBER), cost("rum_total_cost", 9)]
    with stored(tmp_path, *rows) as store:
        running, closed, both = show(store, month="2026-11"), show(store), show(store, first="2026-10", last="2026-11")
    assert "Datadog cost $5.00 in November 2026 so far." in render(running)
    assert "Datadog cost $14.00 in October 2026 to November 2026 so far." in render(both)
    assert "Cost of November 2026 so far  $5.00" in printed(running)
    assert "Datadog cost $9.00 in October 2026." in render(closed)
    tile = "<div><p>November 2026 so far</p>"
    assert [render(each).count(tile) for each in (running, closed, both)] == [1, 1, 0]


def test_what_is_to_be_known_of_a_line_stands_with_the_reconciliation_and_nowhere_else(tmp_path: Path) -> None:
    rows = [
        used("infra_host_top99p", 100, 60, 10), cost("infra_host_committed_cost", 60),
        cost("infra_host_on_demand_cost", 20),
    ]  # fmt: skip
    with stored(tmp_path, *rows) as store:
        product, org = show(store), show(store, by="org")
    [check] = [each for each in product.checks if each.dimension == "infra_host"]
    assert check.notes
    assert product.notes == org.notes == ()
    assert check.notes[0] in " ".join(printed(product, 300).partition("Reconciliation")[2].split())
    assert check.notes[0] not in printed(org, 300)
    assert check.notes[0] in render(org)


def test_the_trend_and_a_range_say_until_when_the_running_month_is_known(tmp_path: Path) -> None:
    as_of = datetime(2026, 11, 18, 8, tzinfo=UTC)
    rows = [charge("rum", "total", 5, source="estimated", day=NOVEMBER, as_of=as_of), cost("rum_total_cost", 9)]
    with stored(tmp_path, *rows) as store:
        both, closed = show(store, first="2026-10", last="2026-11"), show(store, month="2026-10")
    assert "November 2026 so far $5" in printed(both).partition("Trend")[2].splitlines()[0]
    assert "so far" not in printed(closed).partition("Trend")[2]
    told = "cost attribution, estimated until 08:00 UTC on 18 November 2026"
    assert told in " ".join(printed(both, 200).split())
    assert told in render(both)


def test_metric_names_that_nothing_is_paid_under_are_shown_with_their_cost(tmp_path: Path) -> None:
    pricing = {"custom_metrics": "metric_names", "metric_names": {"tiers": [{"price": 2}]}}
    metrics = [MetricUsage(OCTOBER, f"shop.{number}", "custom", Decimal(40), Decimal(40)) for number in range(279)]
    with stored(tmp_path, cost("infra_host_total_cost", 70), used("infra_host_top99p", 5, 0, 5)) as store:
        with store.begin(NOW, "0") as run:
            run.org(RunOrg("acme", "datadoghq.com", True, "parent"))
            run.add("acme", Period(MetricUsage, "2026-10", final=False))
            for row in metrics:
                run.add("acme", row)
            run.done("acme", MetricUsage, True)
        found = statement(store, Settings(contract=Contract.model_validate(pricing)), request(month="2026-10"))
    text = " ".join(printed(found, 200).split())
    assert "Metric names: 279 names come to $558.00, in no amount above: not paid for under such a name" in text
    assert text.count("279 names had more than 100 data points") == 1
    page = render(found)
    cells = page.partition('<th scope="row">Metric names')[2].partition("</tr>")[0]
    assert '<td class="m">–</td>' in cells
    assert "$558.00" in cells
    assert "not paid for" in cells
    assert page.count("279 names had more than 100 data points") == 1
