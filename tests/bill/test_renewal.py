"""What commitments of other sizes are worth, and what of that is left once less is used."""

from decimal import Decimal

import pytest

from costguard.bill import Bill, measure
from costguard.model.money import PriceSource, Units
from tests.bill.rows import MONTH, numbers, paid, used

ZERO = Decimal(0)
HOSTS, APM, METRICS, SPANS, API = "infra_host", "apm_host", "timeseries", "apm_trace_search", "synthetics_api_tests"


def october() -> Bill:
    """Hosts partly on demand; APM hosts with an unused commitment that includes spans; API tests all on demand."""
    return measure(
        [
            used("infra_host_top99p", 100, 80, 20),
            used("apm_host_top99p", 40, 50, 0),
            used("apm_trace_search_sum", 48_000_000, 0, 0),
            used(f"{API}_sum", 400_000, 0, 400_000),
            used("rum_sum", 5_000),
        ],
        [
            paid("infra_host_committed_cost", 1_200),
            paid("infra_host_on_demand_cost", 450),
            paid("apm_host_committed_cost", 1_550),
            paid("apm_host_on_demand_cost", 0),
            paid(f"{API}_on_demand_cost", 288),
            paid("rum_total_cost", 10),
            paid("premier_support_committed_cost", 500),
        ],
        [],
        month=MONTH,
        currency="USD",
    )


CASES: list[tuple[str, dict[str, int], dict[str, int], str | None, str]] = [
    (
        "commit what is on demand",
        {HOSTS: 100},
        {},
        "150",
        "commit 100 hosts instead of 80: 20 on-demand × $22.50; −20 committed × $15.00 at renewal "
        "(measured, October 2026)",
    ),
    ("part of it", {HOSTS: 90}, {}, "75", "commit 90 hosts instead of 80: 10 on-demand × $22.50"),
    ("more than is used", {HOSTS: 150}, {}, "-600", "20 on-demand × $22.50; −70 committed × $15.00"),
    ("as before", {HOSTS: 80}, {}, "0", "commit 80 hosts as before"),
    (
        "usage findings come first: what they free needs no commitment",
        {HOSTS: 100},
        {HOSTS: 5},
        "112.50",
        "commit 95 hosts instead of 80: 15 on-demand × $22.50; −15 committed × $15.00",
    ),
    ("up to all of it", {HOSTS: 100}, {HOSTS: 20}, "0", "commit 80 hosts as before"),
    ("and what they give up is not committed again", {HOSTS: 100}, {HOSTS: 30}, "0", "commit 70 hosts as before"),
    (
        "a commitment that nobody uses",
        {APM: 48},
        {},
        "62",
        "commit 48 hosts instead of 50: 2 committed × $31.00 at renewal (measured, October 2026)",
    ),
    (
        "that includes other products",
        {APM: 40},
        {},
        "296.40",
        "APM hosts: commit 40 hosts instead of 50: 10 committed × $31.00 at renewal (measured, October 2026) · "
        "Indexed spans: included with the changed commitments: −8,000,000 on-demand × $1.70 per million at renewal "
        "(list)",
    ),
    (
        "usage findings give up the rest of it",
        {APM: 40},
        {APM: 15},
        "293.00",
        "APM hosts: commit 25 hosts instead of 35: 10 committed × $31.00",
    ),
    (
        "less than is used",
        {HOSTS: 70},
        {},
        "-75",
        "commit 70 hosts instead of 80: −10 on-demand × $22.50; 10 committed × $15.00",
    ),
    (
        "a first commitment, at the list price",
        {API: 300_000},
        {},
        "66",
        "commit 300,000 runs instead of 0: 300,000 on-demand × $0.00072 (measured, October 2026); "
        "−300,000 committed × $0.0005 (list, July 2026) at renewal",
    ),
    ("several at once", {HOSTS: 100, API: 400_000}, {}, "238", "Infrastructure hosts: commit 100 hosts"),
    ("none", {}, {HOSTS: 5}, "0", "no commitment is changed"),
    ("a commitment that is not known", {"rum": 4_000}, {}, None, "the present commitment is not known"),
    ("of what has no use", {"premier_support": 1}, {}, None, "the present commitment is not known"),
    ("of what the bill does not have", {"dbm_host": 1}, {}, None, "the present commitment is not known"),
]


def units(numbers: dict[str, int]) -> dict[str, Units]:
    return {dimension: Decimal(number) for dimension, number in numbers.items()}


@pytest.mark.parametrize(
    ("changes", "frees", "at_renewal", "working"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_changed_commitment_is_worth_what_the_bill_would_be_less(
    changes: dict[str, int], frees: dict[str, int], at_renewal: str | None, working: str
) -> None:
    saving = october().rate_saving(units(changes), units(frees))

    assert saving.now == 0, "a commitment cannot be changed before it ends"
    assert saving.at_renewal == (None if at_renewal is None else Decimal(at_renewal))
    assert working in saving.working


def test_a_price_that_is_not_known_is_not_nothing() -> None:
    bill = measure(
        [used("thing_sum", 100, 0, 100)], [paid("thing_on_demand_cost", 10)], [], month=MONTH, currency="USD"
    )

    saving = bill.rate_saving({"thing": Decimal(100)})

    assert (saving.at_renewal, saving.source) == (None, PriceSource.MEASURED)
    assert saving.working == (
        "commit 100 units instead of 0: 100 on-demand × $0.10; −100 committed, no price known at renewal "
        "(measured, October 2026)"
    )


def test_a_recommitted_bill_is_a_bill() -> None:
    bill = october()

    other = bill.recommitted({HOSTS: Decimal(100), APM: Decimal(40)})

    hosts, spans = other.lines[HOSTS], other.lines[SPANS]
    assert (hosts.committed, hosts.on_demand, hosts.committed_cost, hosts.on_demand_cost) == numbers(100, 0, 1_500, 0)
    assert (spans.granted, spans.allotment, spans.on_demand) == numbers(40_000_000, 40_000_000, 8_000_000)
    assert bill.cost() - other.cost() == bill.rate_saving({HOSTS: Decimal(100), APM: Decimal(40)}).at_renewal
    assert other.saving({HOSTS: Decimal(10)}).working.startswith("10 hosts × $15.00 at renewal, inside the commitment")
    assert other.saving({APM: Decimal(5)}).at_renewal == 155 - 5 * Decimal("1.70"), "in turn includes fewer spans"
    assert (other.measured_total, other.residual, hosts.measured) == (None, None, None), "nothing was measured of it"
    assert bill.lines[HOSTS].committed == 80, "the bill itself has not changed"


def test_what_remains_is_the_bill_after_acting_and_signing_anew() -> None:
    bill = october()
    frees = {HOSTS: Decimal(30), API: Decimal(100_000), "rum": Decimal(1_000), "dbm_host": Decimal(4)}

    after = bill.remaining(frees)

    hosts, tests = after.lines[HOSTS], after.lines[API]
    assert (hosts.units, hosts.committed, hosts.on_demand) == numbers(70, 70, 0)
    assert (tests.units, tests.committed, tests.on_demand) == numbers(300_000, 0, 300_000)
    assert after.lines["rum"].units == 4_000
    assert after.lines["premier_support"] == bill.lines["premier_support"]
    assert after.lines.keys() == bill.lines.keys()


def test_only_dimensions_of_the_bill_can_be_committed_to() -> None:
    with pytest.raises(KeyError, match="dbm_host"):
        october().recommitted({"dbm_host": Decimal(1)})
