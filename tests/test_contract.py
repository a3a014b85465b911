"""The `[contract]` table of costguard.toml: what is read of it, and the one line that a wrong one is answered with."""

import re
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.model.contract import Contract
from costguard.model.usage import BillableUsage, MetricUsage, MonthlyCost, Period
from costguard.settings import Settings, SettingsError, load
from costguard.store import RunOrg, Store
from tests.bill.rows import MONTH, numbers, paid, used
from tests.running import costguard

NOW = datetime(2026, 11, 20, tzinfo=UTC)

KEYS = {"DD_API_KEY": "a" * 32, "DD_APP_KEY": "b" * 40}

FILE = """
currency = "EUR"

[contract]
currency = "EUR"
starts = "2026-01"
ends = "2026-12"
invoice = "INV-2026-10"
on_demand = "hourly"
pooling = "period"
custom_metrics = "metric_names"

[[contract.prices]]
dimension = "infra_host"
committed_units = 200
committed = 15.00
on_demand = 18.00

[[contract.prices]]
dimension = "logs_indexed_15day"
per = 1_000_000
on_demand = 2.55
invoice = "INV-2026-09"

[contract.allotments.timeseries]
infra_host = 150
lambda_function = 0

[contract.metric_names]
indexed_per_million = 0.02
tiers = [{ up_to = 1_000, price = 0.50 }, { price = 0.30 }]
"""


def settings(folder: Path, text: str) -> Settings:
    file = folder / "costguard.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def test_everything_in_the_table_is_read(tmp_path: Path) -> None:
    contract = settings(tmp_path, FILE).contract

    hosts, logs = contract.prices
    assert (contract.starts, contract.ends) == (date(2026, 1, 1), date(2026, 12, 1))
    assert (contract.on_demand, contract.pooling, contract.custom_metrics) == ("hourly", "period", "metric_names")
    assert (hosts.committed_units, hosts.committed, hosts.on_demand, hosts.per) == numbers(200, 15, 18, 1)
    assert (logs.committed_units, logs.committed, logs.on_demand, logs.per) == numbers(None, None, "2.55", 1_000_000)
    assert (logs.invoice, contract.invoice) == ("INV-2026-09", "INV-2026-10")
    assert contract.allotments == {"timeseries": {"infra_host": 150, "lambda_function": 0}}
    assert contract.metric_names
    assert [(tier.up_to, tier.price) for tier in contract.metric_names.tiers] == [
        (1_000, Decimal("0.5")),
        (None, Decimal("0.3")),
    ]
    assert contract.metric_names.indexed_included == 10_000_000
    assert contract.metric_names.ingested_included == 5


def test_the_documented_tables_are_right(tmp_path: Path) -> None:
    page = Path(__file__).parents[1].joinpath("docs", "contract.md").read_text("utf-8")
    prices, names = (
        settings(tmp_path, text).contract for text in re.findall(r"^```toml\n(.*?)^```", page, re.M | re.S)
    )

    assert [price.dimension for price in prices.prices] == ["infra_host", "logs_indexed_15day", "logs_ingested"]
    assert prices.allotments == {"timeseries": {"infra_host": 150}}
    assert names.metric_names
    assert len(names.metric_names.tiers) == 3


def test_without_a_table_there_is_nothing_to_apply(tmp_path: Path) -> None:
    assert settings(tmp_path, "").contract == Contract()


MONTHS = [("2026-09", False), ("2026-10", True), ("2026-12", True), ("2027-01", False)]


@pytest.mark.parametrize(("month", "applies"), MONTHS)
def test_it_applies_from_its_first_month_to_its_last(tmp_path: Path, month: str, applies: bool) -> None:
    contract = settings(tmp_path, '[contract]\nstarts = "2026-10"\nends = "2026-12"').contract

    assert contract.applies(date.fromisoformat(f"{month}-17")) is applies


PRICE = '[contract]\ninvoice = "INV"\n[[contract.prices]]\ndimension = "infra_host"\n'
TIERS = '[contract]\ncustom_metrics = "metric_names"\n[contract.metric_names]\n'

WRONG = [
    (
        '[contract]\nstarts = "2026-13"',
        'contract.starts: 2026-13 is no month; write year and month in quotes, like "2026-01"',
    ),
    ('[contract]\nends = "2026-00"', "contract.ends: 2026-00 is no month"),
    ('[contract]\nends = "October"', "contract.ends: October is no month"),
    ("[contract]\nstarts = 2026-10-15", "contract.starts: 2026-10-15 is no month"),
    ("[contract]\nstarts = 202610", "contract.starts: 202610 is no month"),
    ('[contract]\nstarts = "2026-10"\nends = "2026-09"', "contract: ends 2026-09 is before starts 2026-10"),
    ('[contract]\ncurrency = "EUR"', "contract.currency: EUR, but currency is USD; give one for both"),
    ('currency = "EUR"\n[contract]\ncurrency = "USD"', "contract.currency: USD, but currency is EUR"),
    ('[contract]\non_demand = "yearly"', "contract.on_demand: must be 'monthly' or 'hourly'"),
    ('[contract]\npooling = "daily"', "contract.pooling: must be 'hourly' or 'period'"),
    ('[contract]\ncustom_metrics = "names"', "contract.custom_metrics: must be 'timeseries' or 'metric_names'"),
    ('[contract]\ninvoice = " "', "contract.invoice: must not be blank or hold control characters"),
    ('[contract]\ninvocie = "INV"', "contract.invocie: unknown key; did you mean invoice?"),
    (f"{PRICE}committed_unit = 5", "contract.prices[1].committed_unit: unknown key; did you mean committed_units?"),
    (f"{PRICE}committed = -15", "contract.prices[1].committed: must be greater than or equal to 0"),
    (f"{PRICE}on_demand = -0.01", "contract.prices[1].on_demand: must be greater than or equal to 0"),
    (f"{PRICE}committed_units = -1", "contract.prices[1].committed_units: must be greater than or equal to 0"),
    (f"{PRICE}committed = nan", "contract.prices[1].committed: must be a finite number"),
    (f"{PRICE}committed = true", "contract.prices[1].committed: must be a number"),
    (f"{PRICE}committed_units = 1e400", "contract.prices[1].committed_units: must be less than or equal to 1000000000"),
    (f"{PRICE}on_demand = 1e400", "contract.prices[1].on_demand: must be less than or equal to 1000000000000000000"),
    (f"{PRICE}on_demand = 1e-400", "contract.prices[1].on_demand: "),
    (f"{PRICE}on_demand = 1\nper = 1e400", "contract.prices[1].per: must be less than or equal to 100000000000000000"),
    (
        "[contract.allotments.timeseries]\ninfra_host = 1e400",
        "contract.allotments.timeseries.infra_host: must be less than or equal to 1000000000000000000",
    ),
    (f"{TIERS}tiers = [{{ up_to = 1e400, price = 1 }}]", "contract.metric_names.tiers[1].up_to: must be less than or"),
    (f'{PRICE}committed = "dear"', "contract.prices[1].committed: must be a valid decimal"),
    (f"{PRICE}committed = 1\nper = 0", "contract.prices[1].per: must be greater than 0"),
    (PRICE, "contract.prices[1]: says nothing; give committed_units, committed or on_demand"),
    (
        f"{PRICE}committed = 18\non_demand = 15",
        "contract.prices[1]: committed 18 is above on_demand 15; a commitment is the cheaper one",
    ),
    (
        f'{PRICE}committed = 1\n[[contract.prices]]\ndimension = "infra_host"\non_demand = 2',
        "contract.prices: infra_host is there twice; give each billing dimension one [[contract.prices]]",
    ),
    (
        '[contract]\n[[contract.prices]]\ndimension = "infra_host"\ncommitted = 1',
        "contract: prices need the invoice or order form that they were read from; set invoice",
    ),
    (
        '[contract]\ninvoice = "INV"\n[[contract.prices]]\ndimension = "Infra Hosts"\ncommitted = 1',
        "contract.prices[1].dimension: Infra Hosts is no billing dimension; their names are small letters, digits "
        "and _, like infra_host: `costguard bill -o bill.json` has them",
    ),
    ('[contract]\ninvoice = "INV"\n[[contract.prices]]\ncommitted = 1', "contract.prices[1].dimension: is required"),
    ("[contract.prices]\ninfra_host = 15", "contract.prices: must be a list; a list of tables is written [[name]]"),
    ("contract = 15", "contract: must be a table"),
    ("[contract.allotments]\ntimeseries = 5", "contract.allotments.timeseries: must be a table"),
    (
        "[contract.allotments.timeseries]\ninfra_host = -1",
        "contract.allotments.timeseries.infra_host: must be greater than or equal to 0",
    ),
    (f"{TIERS}tiers = []", "contract.metric_names.tiers: must not be empty"),
    (TIERS, "contract.metric_names.tiers: is required"),
    (f"{TIERS}tiers = [{{ price = 1 }}, {{ price = 2 }}]", "tiers: only the last tier may be without up_to"),
    (
        f"{TIERS}tiers = [{{ up_to = 5, price = 1 }}, {{ up_to = 5, price = 2 }}]",
        "contract.metric_names.tiers: up_to must grow from tier to tier",
    ),
    (f"{TIERS}tiers = [{{ upto = 5, price = 1 }}]", "contract.metric_names.tiers[1].upto: unknown key"),
    (
        "[contract.metric_names]\ntiers = [{ price = 1 }]",
        'contract: metric_names is given, but custom_metrics is "timeseries"; set it to "metric_names"',
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[message[:60] for _, message in WRONG])
def test_a_wrong_table_is_one_line_that_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(tmp_path, text)

    line = str(error.value)
    assert line.startswith(f"{tmp_path / 'costguard.toml'}: ")
    assert message in line
    assert "\n" not in line


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run of one organisation, which used 100 hosts in October 2026."""
    path = tmp_path_factory.mktemp("contract") / "store.duckdb"
    with Store.open(path) as opened, opened.begin(NOW, "1") as run:
        run.org(RunOrg("default", "datadoghq.com", parent=True, public_id="abc"))
        run.add("default", Period(BillableUsage, "2026-10", final=True))
        run.add("default", used("infra_host_top99p", 100, 80, 20))
        run.add("default", used("brand_new_thing_sum", 7, 0, 7))
        run.done("default", BillableUsage, complete=True)
    return path


REFUSED = [
    ('[contract]\nstarts = "2026-13"', "contract.starts: 2026-13 is no month"),
    ('[contract]\ncurrency = "EUR"', "contract.currency: EUR, but currency is USD"),
    (f"{PRICE}committed = -15", "contract.prices[1].committed: must be greater than or equal to 0"),
    (
        '[contract]\ninvoice = "INV"\n[[contract.prices]]\ndimension = "infra_hots"\ncommitted_units = 5',
        "contract.prices[1].dimension: infra_hots is no billing dimension, neither known nor on the bill; "
        "did you mean infra_host?",
    ),
    (f"{PRICE}committed_units = 1e400", "contract.prices[1].committed_units: must be less than or equal to 1000"),
    (
        "[contract.allotments.timeseries]\ntimeseries = 5",
        "contract.allotments: timeseries includes timeseries; no product can include itself, leave one out",
    ),
    (
        "[contract.allotments]\nnpm_host = { iot = 1 }\niot = { dbm_host = 1 }\ndbm_host = { npm_host = 1 }",
        "contract.allotments: dbm_host includes iot includes npm_host includes dbm_host; no product can include itself",
    ),
    (
        "[contract.allotments.infra_host]\ntimeseries = 5",
        "contract.allotments: timeseries includes infra_host includes timeseries; no product can include itself",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_the_command_line_refuses_it_with_exit_code_2(store: Path, tmp_path: Path, text: str, message: str) -> None:
    own, file = tmp_path / "store.duckdb", tmp_path / "costguard.toml"
    shutil.copy(store, own)
    file.write_text(text, encoding="utf-8")

    ran = costguard("audit", "--offline", "--config", file, "--store", own, env=KEYS, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"costguard: {file}: {message}")
    assert ran.err.count("\n") == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["costguard.toml", "store.duckdb"]


def test_a_right_one_prices_the_bill(store: Path, tmp_path: Path) -> None:
    own, file = tmp_path / "store.duckdb", tmp_path / "costguard.toml"
    shutil.copy(store, own)
    prices = 'committed = 15\non_demand = 20\n[[contract.prices]]\ndimension = "brand_new_thing"\non_demand = 3'
    file.write_text(f"{PRICE}{prices}", encoding="utf-8")

    ran = costguard("audit", "--offline", "--format", "json", "--config", file, "--store", own, env=KEYS, cwd=tmp_path)

    lines = {line["dimension"]: line["cost"] for line in ran.json["bill"]["lines"]}
    assert {name: Decimal(cost) for name, cost in lines.items()} == {"infra_host": 1_600, "brand_new_thing": 21}


def test_prices_of_metric_names_are_held_against_what_they_cost(tmp_path: Path) -> None:
    path, file = tmp_path / "store.duckdb", tmp_path / "costguard.toml"
    with Store.open(path) as opened, opened.begin(NOW, "1") as run:
        run.org(RunOrg("default", "datadoghq.com", parent=True, public_id="abc"))
        for table in (BillableUsage, MonthlyCost, MetricUsage):
            run.add("default", Period(table, "2026-10", final=True))
        run.add("default", used("indexed_metric_names_sum", 3, 0, 3))
        run.add("default", paid("indexed_metric_names_on_demand_cost", 5))
        for name in ("a", "b", "c"):
            run.add("default", MetricUsage(MONTH, name, "custom", Decimal(40), Decimal(50)))
        for table in (BillableUsage, MonthlyCost, MetricUsage):
            run.done("default", table, complete=True)
    found = []
    for text in (TIERS.partition("[contract.metric_names]")[0], f"{TIERS}tiers = [{{ price = 1.5 }}]"):
        file.write_text(text, encoding="utf-8")
        common = ("--offline", "--format", "json", "--config", file, "--store", path)
        bill = costguard("bill", "--month", "2026-10", *common, env=KEYS, cwd=tmp_path).json
        report = costguard("audit", *common, env=KEYS, cwd=tmp_path).json
        rows = {row["dimension"]: row for row in bill["reconciliation"]}
        found.append((rows, [note for note in bill["notes"] if "names" in note], report["bill"]["residual"]))

    (without, _, nothing), (named, notes, residual) = found
    assert (set(without), Decimal(nothing)) == ({"indexed_metric_names"}, Decimal(0))
    assert set(named) == {"metric_names"}
    assert [Decimal(named["metric_names"][part]) for part in ("explained", "measured", "rest")] == [4.5, 5, 0.5]
    assert Decimal(residual) == Decimal("0.5")
    assert "Metric names: 3 names had more than 100 data points in the organisations that were read" in notes
