"""The bill of the simulated company, read over HTTP: every figure of its truth, to the cent, in every breakdown."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from costguard.commands._reading import Silent
from costguard.datadog.collect import collect
from costguard.model.resources import Organisation
from costguard.model.statement import Basis, Cost, Statement
from costguard.model.usage_settings import UsageSettings
from costguard.settings import Settings
from costguard.simulator import Simulator
from costguard.simulator.bill_truth import Figures
from costguard.simulator.calendar import known_hours
from costguard.simulator.terms import BY_DIMENSION, SUPPORT
from costguard.statement import request, statement
from costguard.store import Store
from tests.datadog.collecting import connect_all
from tests.running import Company, company

CENT = Decimal("0.01")

T = TypeVar("T")


def cents(amount: Decimal | None) -> Decimal:
    return (amount or Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def figures(cost: Cost) -> Figures:
    assert not cost.unsplit or abs(cost.unsplit) < CENT / 2
    return Figures(cents(cost.committed), cents(cost.on_demand), cents(cost.total))


def spent(found: Mapping[T, Figures]) -> dict[T, Figures]:
    """Without what cost nothing: a statement may leave it out."""
    return {key: each for key, each in found.items() if each.total}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        ran = simulated.run("bill", "--quiet")
        assert (ran.code, ran.err) == (0, "")
        yield simulated


@pytest.fixture(scope="module")
def store(acme: Company) -> Iterator[Store]:
    with Store.open(acme.store, read_only=True) as opened:
        yield opened


def show(store: Store, month: date, by: str = "product", org: str | None = None) -> Statement:
    return statement(store, Settings(), request(month=f"{month:%Y-%m}", by=by, org=org))


def test_every_month_by_product_organisation_and_both(acme: Company, store: Store) -> None:
    truth, names = acme.simulator.bill_truth, {org.public_id: org.name for org in acme.simulator.orgs}
    assert len(truth.months) >= 12
    for month in truth.months:
        shown, expected = show(store, month), truth.month(month)
        assert figures(shown.cost) == expected.total
        parts = [part for line in shown.products for part in line.parts]
        assert spent({part.dimension: figures(part.cost) for part in parts}) == spent(expected.by_product)
        assert {names[line.key]: figures(line.cost) for line in shown.orgs} == dict(expected.by_org)
        cells = {(part.dimension, names[line.key]): figures(part.cost) for line in shown.orgs for part in line.parts}
        assert spent(cells) == spent(expected.lines)


def test_by_tags(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    month = truth.months[-1]
    for keys in (("team",), ("env",), ("service",), ("team", "env")):
        shown = show(store, month, by=f"tag:{','.join(keys)}")
        found = {
            " · ".join(" | ".join(sorted(each)) for each in values) if values and any(values) else values and "": each
            for values, each in truth.month(month).by_tag(*keys).items()
        }
        none = found.pop(None)
        lines = {line.key: figures(line.cost) for line in shown.lines if line.kind != "rest"}
        assert lines == found
        assert [figures(line.cost) for line in shown.lines if line.kind == "rest"] == [none]


def test_what_carries_no_tag(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    month = truth.months[-1]
    for org in acme.simulator.orgs[:2]:
        for each in show(store, month, org=org.name).untagged:
            expected = truth.month(month).untagged(each.key)[org.name]
            assert (cents(each.untagged), cents(each.empty)) == (expected.missing, expected.empty)
            assert cents(each.tagged + each.untagged + each.empty) == expected.of
    labs = acme.simulator.orgs[2].name
    assert all(each.share is None for each in show(store, month, org=labs).untagged), "it has tags of its own"


def test_by_usage_type(acme: Company, store: Store) -> None:
    truth, names = acme.simulator.bill_truth, {org.public_id: org.name for org in acme.simulator.orgs}
    month = truth.months[-1]
    shown = show(store, month, by="usage-type")
    assert {line.key: cents(line.cost.total) for line in shown.lines} == {
        "committed": truth.month(month).total.committed,
        "on_demand": truth.month(month).total.on_demand,
    }
    used = {(each.usage_type, names[each.org_id]): each.units for each in shown.used}
    expected = {
        (usage_type, org): Decimal(units)
        for usage_type, orgs in truth.month(month).by_usage_type.items()
        for org, units in orgs.items()
    }
    assert used == expected


def test_the_running_month_so_far_day_by_day_and_in_all(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    shown = show(store, truth.months[-1])
    assert shown.running is not None
    assert truth.estimated is not None
    assert cents(shown.running.estimated) == truth.estimated.total.total
    if truth.projected is not None:
        assert cents(shown.running.projected) == truth.projected.total.total
    days = show(store, truth.running, by="day")
    assert days.months[0].basis is Basis.ESTIMATED
    found = {date.fromisoformat(line.key): figures(line.cost) for line in days.lines if line.key}
    assert {day: found[day] for day in truth.by_day(truth.running)} == dict(truth.by_day(truth.running))


def test_the_days_of_a_closed_month(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    shown = show(store, truth.months[-1], by="day")
    found = {date.fromisoformat(line.key): figures(line.cost) for line in shown.lines if line.key}
    expected = truth.by_day(truth.months[-1])
    assert found == dict(expected)
    assert len(expected) >= 28


def test_changes_from_month_to_month(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    for month in truth.months[1:]:
        shown = show(store, month)
        found = {each.dimension: cents(each.amount) for each in shown.changes}
        assert {name: each for name, each in found.items() if each} == {
            name: each for name, each in truth.change(month).items() if each
        }
        assert cents(sum((each.amount for each in shown.changes), Decimal(0))) == cents(
            (shown.total or Decimal(0)) - (shown.before or Decimal(0))
        )


def test_all_breakdowns_have_one_total_and_the_function_explains_it(acme: Company, store: Store) -> None:
    month = acme.simulator.bill_truth.months[-1]
    breakdowns = ("product", "org", "usage-type", "day", "tag:team", "tag:env", "tag:service", "tag:team,env,service")
    found = {by: show(store, month, by=by) for by in breakdowns}
    for by, shown in found.items():
        assert cents(sum((line.cost.total or Decimal(0) for line in shown.lines), Decimal(0))) == cents(shown.total), by
    assert len({cents(shown.total) for shown in found.values()}) == 1
    assert cents(sum((each.rest or Decimal(0) for each in found["product"].checks), Decimal(0))) == 0


def test_what_is_included_is_what_is_published(acme: Company, store: Store) -> None:
    truth = acme.simulator.bill_truth
    for month in truth.months:
        shown = {each.dimension: each for each in show(store, month).checks}
        told = [note for each in shown.values() for note in each.notes if "include" in note]
        assert told == []
        stood = truth.ledger.account.positions_in(month)
        assert {each: shown[each].included for each in stood} == {
            dimension: min(position.billable, position.allotment) for dimension, position in stood.items()
        }


def test_before_the_invoice_the_estimate_counts_and_says_so(tmp_path: Path) -> None:
    now = datetime(2026, 11, 5, 9, tzinfo=UTC)
    with Simulator(now=now) as simulator, Store.open(tmp_path / "store.duckdb") as store:
        collect(connect_all(simulator), store, now, progress=Silent(), kinds=frozenset({Organisation}))
        shown, truth = statement(store, Settings(), request()), simulator.bill_truth
    [month] = shown.months
    assert (month.month, month.basis, month.through) == (date(2026, 10, 1), Basis.ESTIMATED, date(2026, 10, 31))
    assert cents(shown.total) == truth.month(month.month).total.total
    assert shown.before is not None, "a month that is over is compared, final or not"
    assert shown.running is not None
    assert shown.running.projected is None


def test_the_running_month_has_its_units_and_the_names_of_all_others(tmp_path: Path) -> None:
    now, month = datetime(2026, 11, 21, 12, tzinfo=UTC), date(2026, 11, 1)
    with Simulator(now=now) as simulator, Store.open(tmp_path / "store.duckdb") as store:
        few = UsageSettings(months=2, hourly_days=1)
        collect(connect_all(simulator), store, now, progress=Silent(), kinds=frozenset(), usage=few)
        used = simulator.ledger.used(month, known_hours(month, now))
        running, closed = show(store, month), show(store, date(2026, 10, 1))
    parts = [part for line in running.products for part in line.parts]
    told = {part.dimension: part.quantity.units for part in parts if part.dimension != SUPPORT}
    assert told == {dimension: sum(each[dimension] for each in used) for dimension in told}
    assert len(told) > 15
    named = {part.dimension: part.label for part in parts}
    assert named["apm_trace_search"] == BY_DIMENSION["apm_trace_search"].label
    assert named == {part.dimension: part.label for line in closed.products for part in line.parts}
