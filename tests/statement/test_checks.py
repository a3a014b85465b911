"""What the reconciliation rests on: prices agreed, those of the month before, or those of the bill itself."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.model.contract import Contract, ContractPrice
from costguard.model.money import PriceSource
from costguard.model.statement import Check, Prices, Statement
from costguard.model.usage import Row
from costguard.settings import Settings
from costguard.statement import request, statement
from costguard.statements import _words as words
from tests.bill.rows import agreed
from tests.statement.rows import OCTOBER, SEPTEMBER, cents, cost, stored, used

HOST = "infra_host"


def month(units: tuple[int, int, int], paid: tuple[int | None, int | None], **about: Any) -> list[Row]:
    """A month of hosts: billable, committed and on-demand units, what the two cost."""
    rows: list[Row] = [used("infra_host_top99p", *units, **about)]
    for name, amount in zip(("committed", "on_demand"), paid, strict=True):
        if amount is not None:
            rows.append(cost(f"{HOST}_{name}_cost", amount, **about))
    return rows


BEFORE = month((100, 80, 20), (1200, 360), month=SEPTEMBER)

# September's hosts cost $15 committed and $18 on demand: what they cost in October at these prices, and at October's.
HELD: list[tuple[str, list[Row], Prices, str | None, str | None]] = [
    ("the same prices", [*BEFORE, *month((120, 80, 40), (1200, 720))], Prices.EARLIER, "1920.00", "0.00"),
    ("a higher price on demand", [*BEFORE, *month((120, 80, 40), (1200, 800))], Prices.EARLIER, "1920.00", "80.00"),
    (
        "a lower one of the commitment",
        [*BEFORE, *month((100, 80, 20), (1120, 360))],
        Prices.EARLIER,
        "1560.00",
        "-80.00",
    ),
    ("nothing was used before", month((120, 80, 40), (1200, 720)), Prices.OWN, None, None),
    (
        "nothing was on demand before",
        [*month((80, 80, 0), (1200, 0), month=SEPTEMBER), *month((120, 80, 40), (1200, 9999))],
        Prices.OWN,
        None,
        None,
    ),
    (
        "what was used before is not known",
        [cost(f"{HOST}_committed_cost", 1200, month=SEPTEMBER), *month((80, 80, 0), (1300, 0))],
        Prices.OWN,
        None,
        None,
    ),
]


def shown(tmp_path: Path, rows: list[Row], contract: Contract | None = None) -> Statement:
    settings = Settings(contract=contract) if contract else Settings()
    with stored(tmp_path, *rows) as store:
        return statement(store, settings, request(month="2026-10"))


def check(told: Statement) -> Check:
    [found] = [each for each in told.checks if each.dimension == HOST]
    return found


@pytest.mark.parametrize(
    ("rows", "prices", "earlier", "change"), [each[1:] for each in HELD], ids=[each[0] for each in HELD]
)
def test_a_month_is_held_against_the_prices_of_the_month_before(
    tmp_path: Path, rows: list[Row], prices: Prices, earlier: str | None, change: str | None
) -> None:
    found = check(shown(tmp_path, rows))
    assert (found.prices, cents(found.earlier), cents(found.price_change)) == (prices, earlier, change)
    assert found.rest == 0, "a price that is worked out of the bill explains whatever was paid"


def test_a_contract_can_fail_to_explain(tmp_path: Path) -> None:
    found = check(shown(tmp_path, month((40, 0, 40), (None, 800)), agreed(HOST, on_demand="18")))
    assert (found.prices, found.earlier, cents(found.explained), cents(found.rest)) == (
        Prices.AGREED,
        None,
        "720.00",
        "80.00",
    )


def test_the_summary_tells_them_apart(tmp_path: Path) -> None:
    rows: list[Row] = [
        *BEFORE,
        *month((120, 80, 40), (1200, 800)),
        used("dbm_host_top99p", 5, 0, 5),
        cost("dbm_host_on_demand_cost", 420),
        used("rum_lite_sum", 1000, 0, 1000),
        cost("rum_lite_on_demand_cost", 7),
        cost("premier_support_committed_cost", 500),
    ]
    told = shown(tmp_path, rows, agreed("rum_lite", on_demand="5", per=1000))
    assert [(label, cents(amount)) for label, amount in words.explained(told)] == [
        ("the prices of September 2026 explain", "1920.00"),
        ("other prices than then", "80.00"),
        ("contract and list prices explain", "5.00"),
        ("prices worked out of this bill explain", "420.00"),
        ("paid without use", "500.00"),
        ("not explained", "2.00"),
    ]
    assert sum((amount for _, amount in words.explained(told)), Decimal(0)) == told.total


def test_a_contract_price_of_one_way_of_paying_is_no_change_of_prices(tmp_path: Path) -> None:
    """$20 on demand by contract, $18 paid: the rest is what was paid less, and the commitment costs what it did."""
    told = shown(tmp_path, [*BEFORE, *month((120, 80, 40), (1200, 720))], agreed(HOST, on_demand="20"))
    found = check(told)
    assert (found.rate_committed_source, found.rate_on_demand_source) == (PriceSource.MEASURED, PriceSource.CONTRACT)
    assert (cents(found.price_change), cents(found.rest)) == ("0.00", "-80.00")
    assert [(label, cents(amount)) for label, amount in words.explained(told)] == [
        ("the prices of September 2026 explain", "1200.00"),
        ("contract and list prices explain", "800.00"),
        ("not explained", "-80.00"),
    ]


@pytest.mark.parametrize(("size", "counts"), [(60, 80), (100, 100)], ids=["the bill's", "the contract's"])
def test_a_commitment_is_the_same_everywhere(tmp_path: Path, size: int, counts: int) -> None:
    price = ContractPrice(dimension=HOST, committed_units=Decimal(size))
    told = shown(tmp_path, month((80, 80, 0), (1200, 0)), Contract(invoice="INV-1", prices=(price,)))
    [part] = [part for line in told.products for part in line.parts]
    assert part.quantity.committed == check(told).committed == counts


def test_units_that_nothing_includes_are_noted(tmp_path: Path) -> None:
    """100 of 450 hosts are neither committed nor on demand: no rest, but a note."""
    told = shown(tmp_path, month((450, 300, 50), (4500, 900)))
    found = check(told)
    assert (found.included, found.granted, found.rest) == (Decimal(100), None, Decimal(0))
    assert [note.startswith("100 hosts are neither committed nor on demand") for note in found.notes] == [True]


@pytest.mark.parametrize(
    ("units", "note"),
    [
        ((450, 300, 146), None),
        ((100, 50, 49), None),
        ((10, 5, 4), "1 host is neither committed nor on demand"),
        ((10, 5, 3), "2 hosts are neither committed nor on demand"),
    ],
)
def test_little_that_nothing_includes_needs_no_note(
    tmp_path: Path, units: tuple[int, int, int], note: str | None
) -> None:
    found = check(shown(tmp_path, month(units, (units[1] * 10, units[2] * 20))))
    assert found.included == Decimal(units[0] - units[1] - units[2])
    assert [each.partition(",")[0] for each in found.notes] == ([note] if note else [])


def test_an_unknown_product_keeps_datadogs_unit_and_number(tmp_path: Path) -> None:
    rows = [
        used("gpu_pod_sum", 7440, 0, 7440, unit="container_hours"),
        cost("gpu_pod_on_demand_cost", 744),
        used("gpu_host_top99p", 12, 0, 12, unit="\x1b[31m<b>hosts"),
        cost("gpu_host_on_demand_cost", 120),
    ]
    told = shown(tmp_path, rows)
    parts = {part.dimension: part for line in told.products for part in line.parts}
    assert (parts["gpu_pod"].quantity.units, parts["gpu_pod"].unit) == (Decimal(7440), "container hours")
    assert (parts["gpu_host"].quantity.units, parts["gpu_host"].unit) == (Decimal(12), "units")
    assert {each.dimension: each.rate_on_demand for each in told.checks} == {
        "gpu_pod": Decimal("0.1"),
        "gpu_host": Decimal(10),
    }
    assert told.last == OCTOBER
