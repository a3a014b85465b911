"""`costguard bill` as its users run it: exit codes, what goes to which stream, and wrong input in one line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from costguard.simulator.traits import Traits
from tests.running import Company, company, costguard

KEYS = {"DD_API_KEY": "a" * 32, "DD_APP_KEY": "b" * 40}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        assert simulated.run("bill", "--quiet").code == 0
        yield simulated


WRONG = [
    (["--month", "2026-13"], "--month 2026-13: there is no such month; write it like 2026-10"),
    (["--from", "2026-10", "--to", "2026-09"], "--from 2026-10: comes after --to 2026-09; swap them"),
    (["--by", "colour"], "--by colour: unknown; choose one of product, org, usage-type, day, tag:KEY"),
    (["--format", "pdf"], "--format pdf: unknown; choose one of csv, focus, html, json, terminal"),
    (
        ["-o", "bill.xlsx"],
        "-o bill.xlsx: no report has this suffix; use one of .csv, .focus.csv, .htm, .html, .json, .txt",
    ),
    (["-o", "missing/bill.html"], "its folder does not exist"),
    (["--offline"], "run costguard collect first"),
    (["--limit", "-1"], "'--limit'"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_input_is_one_line_and_writes_nothing(tmp_path: Path, arguments: list[str], said: str) -> None:
    ran = costguard("bill", *arguments, env={**KEYS, "COSTGUARD_STORE": str(tmp_path / "s.duckdb")}, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--month", "2019-01"], "the store has no cost of January 2019; it has "),
        (["--by", "tag:colour"], "--by tag:colour: unknown tag; the cost is broken down by env, service, team"),
        (["--org", "nobody"], "--org nobody: the bill knows larkspur, larkspur-labs, larkspur-payments"),
    ],
)
def test_what_the_store_does_not_have(acme: Company, arguments: list[str], said: str) -> None:
    ran = acme.run("bill", "--offline", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_it_reads_usage_and_cost_only_and_tells_how_much(acme: Company, tmp_path: Path) -> None:
    before = len(acme.simulator.requests)
    ran = costguard(
        "bill", "--config", acme.config, "--store", tmp_path / "s.duckdb", "--api-url", acme.simulator.url, env=acme.env
    )
    assert ran.code == 0
    assert ran.err.startswith("Read ")
    assert ran.out.startswith("costguard ")
    paths = {each.path for each in acme.simulator.requests[before:]}
    assert "/api/v2/usage/historical_cost" in paths
    assert not [path for path in paths if "dashboard" in path or "/monitor" in path or "synthetics" in path]


def test_offline_sends_nothing_and_says_the_same(acme: Company) -> None:
    sent = len(acme.simulator.requests)
    first, second = (acme.run("bill", "--offline", "--format", "json") for _ in range(2))
    assert len(acme.simulator.requests) == sent
    assert (first.code, first.out) == (0, second.out)


def test_standard_output_holds_the_bill_alone_and_files_are_whole(acme: Company, tmp_path: Path) -> None:
    files = [tmp_path / f"bill.{suffix}" for suffix in ("html", "json", "csv", "focus.csv", "txt")]
    outputs = [argument for file in files for argument in ("-o", str(file))]
    ran = acme.run("bill", "--offline", "--by", "tag:team", "--format", "json", *outputs)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["schema"] == "costguard.bill/1"
    assert files[1].read_text() == ran.out
    assert files[0].read_text().startswith("<!doctype html>")
    assert files[2].read_text().startswith("month,day,")
    assert files[3].read_text().startswith("BilledCost,")
    assert files[4].read_text().startswith("costguard ")
    assert len(list(tmp_path.iterdir())) == len(files)


def test_formats_on_standard_output_are_those_of_the_files(acme: Company, tmp_path: Path) -> None:
    for name, suffix in (("csv", "csv"), ("focus", "focus.csv")):
        file = tmp_path / f"bill.{suffix}"
        ran = acme.run("bill", "--offline", "--format", name, "-o", file)
        # The pipe is read as text, which turns line ends into line feeds.
        assert ran.out == file.read_text()


def test_one_organisation(acme: Company) -> None:
    org = acme.simulator.orgs[1]
    shown = acme.run("bill", "--offline", "--org", org.name, "--format", "json").json
    assert [line["key"] for line in shown["orgs"]] == [org.public_id]
    assert shown["only"] == org.name


def test_an_account_without_a_bill_is_told_why(tmp_path: Path) -> None:
    """To collect once more, as it has just been done, would help neither a trial nor a child alone."""
    trial, child = tmp_path / "trial", tmp_path / "child"
    trial.mkdir()
    child.mkdir()
    nothing = "the store has no cost and no billable usage of any month; "
    with company(trial, traits=Traits(trial=True)) as simulated:
        assert simulated.run("collect", "--quiet").code == 0
        ran = simulated.run("bill", "--offline")
        assert (ran.code, ran.out) == (2, "")
        assert f"{nothing}nothing to do: Datadog bills no usage of " in ran.err
    with company(child) as simulated:
        _, *children = simulated.config.read_text().split("[[orgs]]")[1:]
        simulated.config.write_text("".join(f"[[orgs]]{each}" for each in children))
        assert simulated.run("collect", "--quiet").code == 0
        ran = simulated.run("bill", "--offline")
        assert (ran.code, ran.out) == (2, "")
        assert f"{nothing}add the account's parent organisation to the settings" in ran.err


@pytest.mark.parametrize("permission", ["billing_read", "usage_read"])
def test_without_a_permission_the_bill_is_incomplete_and_says_what_to_grant(tmp_path: Path, permission: str) -> None:
    with company(tmp_path, forbid={permission}) as simulated:
        ran = simulated.run("bill", "--format", "json", "--quiet")
        if permission == "billing_read":
            assert ran.code == 3
            assert ran.json["cost"]["total"] is None, "usage is known, cost is not"
            assert any(permission in gap["hint"] for gap in ran.json["gaps"] if not gap["optional"])
            assert simulated.run("bill", "--offline", "--allow-gaps", "--quiet").code == 0
            assert "unknown" in simulated.run("bill", "--offline").out
        else:
            assert (ran.code, ran.out) == (2, "")
            assert "no cost and no billable usage" in ran.err
            assert "usage_read" in ran.err


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        ('[[contract.prices]]\ndimension = "quantum_nonsense"\ncommitted = 1\ninvoice = "1"', "quantum_nonsense"),
        ('[[contract.prices]]\ndimension = "infra_host"\non_demand = -1', "on_demand"),
        ('[contract]\ncurrency = "EUR"', "EUR"),
    ],
)
def test_wrong_contract_data_is_one_line(acme: Company, tmp_path: Path, contract: str, said: str) -> None:
    config = tmp_path / "costguard.toml"
    config.write_text(f"{acme.config.read_text('utf-8')}\n{contract}\n", encoding="utf-8")
    ran = costguard("bill", "--offline", "--config", config, "--store", acme.store, env=acme.env)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "costguard.toml" in ran.err
    assert ran.err.count("\n") == 1


def test_colours_only_on_a_terminal(acme: Company) -> None:
    assert "\x1b" not in acme.run("bill", "--offline").out


@pytest.mark.parametrize("columns", [80, 140])
def test_the_bill_fits_the_terminal(acme: Company, columns: int) -> None:
    env = {**acme.env, "COLUMNS": str(columns)}
    ran = costguard("bill", "--config", acme.config, "--store", acme.store, "--offline", env=env)
    assert ran.code == 0
    assert max(len(line) for line in ran.out.splitlines()) <= columns


def test_by_usage_type_on_a_store_of_a_simulated_company_is_valid_json(acme: Company) -> None:
    ran = acme.run("bill", "--offline", "--by", "usage-type", "--format", "json")
    assert {line["key"] for line in json.loads(ran.out)["lines"]} == {"committed", "on_demand"}
