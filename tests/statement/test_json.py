"""The public JSON says all that a statement holds, exactly, in the shape that its schema promises."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from costguard.model.statement import Statement
from costguard.statements.json import render, schema
from tests.statement.rows import charge, show, stored, used
from tests.statement.sample import HOSTILE, account, sample

SCHEMA = Path(__file__).parents[2] / "docs" / "bill.schema.json"

# The contract, by the path to each object.
KEYS = {
    "": "schema generated_at costguard_version currency account only first last by cost before before_first months"
    " lines products orgs untagged running trend changes reconciliation sources used notes gaps",
    "account": "id name site",
    "cost": "committed on_demand unsplit total",
    "months.0": "month basis cost as_of through until",
    "lines.0": "key label kind cost before restated days until parts",
    "lines.0.parts.0": "dimension label product cost before units committed_units on_demand_units unit",
    "untagged.0": "key tagged untagged empty rest share",
    "running": "month estimated through until estimated_as_of projected projected_as_of products",
    "running.products.0": "product estimated projected",
    "trend.0": "month basis cost products",
    "trend.0.products.0": "product total",
    "changes.0": "dimension label product before after usage included rate both new ended unknown",
    "reconciliation.0": "dimension label product unit units metered_units committed_units granted_units included_units"
    " headroom_units on_demand_units rate_committed rate_on_demand"
    " rate_committed_source rate_on_demand_source rate_source measured explained rest prices"
    " at_earlier_prices price_change notes",
    "sources.0": "month basis used total stated difference as_of through until",
    "gaps.0": "org what cause hint optional",
}


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    return sample(tmp_path_factory.mktemp("json"), gaps=True)


def _document(statement: Statement) -> dict[str, Any]:
    document = json.loads(render(statement))
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("by", ["product", "org", "usage-type", "day", "tag:team", "tag:team,env"])
def test_every_statement_is_valid_under_the_published_schema(tmp_path: Path, by: str) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    with account(tmp_path, gaps=True) as store:
        documents = [
            json.loads(render(show(store, by=by))),
            json.loads(render(show(store, by=by, first="2026-08"))),
            json.loads(render(show(store, by=by, month="2026-10", org="shop"))),
        ]
    assert [error.message for document in documents for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("rows", [[used("infra_host_top99p", 3)], [charge("rum", "total", 3, view="summary")]])
def test_what_is_not_known_is_null(tmp_path: Path, rows: list[Any]) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    with stored(tmp_path, *rows) as store:
        document = _document(show(store))
    assert [error.message for error in validator.iter_errors(document)] == []
    assert document["running"] is document["before"] is None


def test_the_schema_itself_is_valid_and_refuses_what_is_no_statement(statement: Statement) -> None:
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())
    document = _document(statement)
    assert validator.is_valid(document)
    for spoilt in (
        {**document, "extra": 1},
        {key: value for key, value in document.items() if key != "lines"},
        {**document, "schema": "costguard.bill/2"},
        {**document, "cost": {**document["cost"], "total": 12.5}},
        {**document, "first": "2026-10-01"},
    ):
        assert not validator.is_valid(spoilt)


def test_the_published_schema_is_that_of_the_code() -> None:
    generated = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("COSTGUARD_UPDATE_GOLDEN") == "1":
        SCHEMA.write_text(generated, "utf-8")
    assert SCHEMA.read_text("utf-8") == generated, "run this test with COSTGUARD_UPDATE_GOLDEN=1 and look at the change"


@pytest.mark.parametrize(("path", "keys"), KEYS.items())
def test_the_keys_are_those_of_the_contract(statement: Statement, path: str, keys: str) -> None:
    value: Any = _document(statement)
    for step in filter(None, path.split(".")):
        value = value[int(step) if step.isdigit() else step]
    assert list(value) == keys.split()


def test_numbers_are_exact_and_plain(statement: Statement) -> None:
    document = _document(statement)
    assert Decimal(document["cost"]["total"]) == statement.total
    assert sum(Decimal(line["cost"]["total"] or 0) for line in document["lines"]) == statement.total
    texts = json.dumps(document)
    assert "E+" not in texts
    assert '00000000"' not in texts


def test_hostile_names_are_kept_exactly_and_written_in_plain_ascii(tmp_path: Path) -> None:
    text = render(sample(tmp_path, hostile=True, by="tag:team"))
    assert text.isascii()
    assert any(HOSTILE in line["label"] for line in json.loads(text)["lines"])


def test_the_same_store_gives_the_same_bytes(tmp_path: Path) -> None:
    with account(tmp_path) as store:
        first, second = render(show(store, by="tag:team")), render(show(store, by="tag:team"))
    assert first == second
