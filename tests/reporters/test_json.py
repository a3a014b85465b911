"""The public JSON says all that a report holds, exactly, in the shape that its schema promises."""

import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from costguard.model.report import Report
from costguard.reporters.json import render, schema
from tests.reporters import sample

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"

REPORTS = {
    "realistic": sample.report(),
    "without gaps": sample.report(gaps="none"),
    "nothing found": sample.report(findings=False, gaps="optional"),
    "no bill, no price": sample.unpriced(),
    "hostile": sample.hostile(),
    "findings about money": sample.money(),
    "nothing but findings about money": sample.money(waste=False, priced=False),
}

# The contract, by the path to each object.
KEYS = {
    "": "schema generated_at costguard_version currency orgs findings gaps totals bill",
    "orgs.0": "name public_id site parent",
    "findings.0": "rule title product org resource owner why do evidence frees commits concerns saving confidence risk"
    " effort score state first_seen overlaps_with fix fingerprint",
    "findings.0.resource": "kind id name url tags",
    "findings.0.evidence.0": "label value source",
    "findings.0.frees.0": "dimension units unit",
    "findings.0.saving": "now at_renewal source working",
    "findings.0.fix": "ui api terraform",
    "gaps.0": "org what cause hint optional rules prices",
    "totals": "findings now at_renewal unpriced rates by_product by_rule",
    "totals.rates": "findings now at_renewal unpriced",
    "totals.by_product.logs": "findings now at_renewal unpriced",
    "totals.by_rule.logs-debug": "findings now at_renewal unpriced",
    "bill": "month total source residual lines",
    "bill.lines.0": "dimension units committed_units on_demand_units cost committed_cost on_demand_cost",
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid_under_the_published_schema(name: str) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(json.loads(render(REPORTS[name])))] == []


def test_the_schema_itself_is_valid_and_refuses_what_is_not_a_report() -> None:
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())
    document = _document(sample.report())
    for spoilt in (
        {**document, "extra": 1},
        {key: value for key, value in document.items() if key != "gaps"},
        {**document, "schema": "costguard.report/2"},
        {**document, "totals": {**document["totals"], "now": 12.5}},
        {**document, "totals": {**document["totals"], "now": "1E+3"}},
    ):
        assert not validator.is_valid(spoilt)


def test_the_published_schema_is_that_of_the_code() -> None:
    generated = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("COSTGUARD_UPDATE_GOLDEN") == "1":
        SCHEMA.write_text(generated, "utf-8")
    assert SCHEMA.read_text("utf-8") == generated, "run this test with COSTGUARD_UPDATE_GOLDEN=1 and look at the change"


@pytest.mark.parametrize(("path", "keys"), KEYS.items())
def test_the_keys_are_those_of_the_contract(path: str, keys: str) -> None:
    value: Any = _document(sample.report())
    for step in filter(None, path.split(".")):
        value = value[int(step) if step.isdigit() else step]
    assert list(value) == keys.split()


def test_a_finding_in_full() -> None:
    finding = next(each for each in _document(sample.report())["findings"] if each["rule"] == "metrics-cardinality")
    assert finding["resource"] == {
        "kind": "metric",
        "id": "http.request.duration",
        "name": "http.request.duration",
        "url": "https://app.datadoghq.com/metric/http.request.duration",
        "tags": ["team:platform", "env:prod"],
    }
    assert finding["frees"] == [{"dimension": "timeseries", "units": "56508", "unit": "time series"}]
    assert finding["saving"] == {
        "now": "2210.40",
        "at_renewal": "615.00",
        "source": "measured",
        "working": "56,508 × the on-demand rate of timeseries (measured, October 2026)",
    }
    assert finding["first_seen"] == "2026-10-30T09:00:00Z"
    assert finding["fix"]["ui"] is None
    assert finding["fix"]["api"].startswith("POST /api/v2/metrics/http.request.duration/tags")


def test_a_finding_about_the_contract_commits_units_and_frees_none() -> None:
    document = _document(sample.money())
    finding = next(each for each in document["findings"] if each["rule"] == "commit-underused")
    assert (finding["frees"], finding["commits"]) == (
        [],
        [{"dimension": "apm_host", "units": "-30", "unit": "hosts"}],
    )
    assert (finding["saving"]["now"], finding["saving"]["at_renewal"]) == ("0", "930.00")
    assert document["totals"]["rates"] == {"findings": 2, "now": "0", "at_renewal": "1104.25", "unpriced": 0}
    before = _document(sample.report())["totals"]
    assert [document["totals"][key] for key in ("now", "at_renewal")] == [before[key] for key in ("now", "at_renewal")]


def test_a_finding_about_no_units_has_no_saving_and_is_not_without_a_price() -> None:
    document = _document(sample.money(waste=False))
    finding = next(each for each in document["findings"] if each["rule"] == "cost-anomaly")
    assert (finding["saving"], finding["concerns"], finding["frees"], finding["commits"]) == (None, "800.50", [], [])
    assert [document["totals"][key] for key in ("now", "at_renewal", "unpriced")] == [None, None, 0]


def test_what_is_not_known_is_null_and_never_zero() -> None:
    document = _document(sample.unpriced())
    assert document["bill"] is None
    assert {each["saving"]["now"] for each in document["findings"]} == {None}
    assert document["findings"][0]["frees"][0]["unit"] is None
    assert (document["totals"]["now"], document["totals"]["unpriced"]) == (None, 5)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1E+9", "1000000000"),
        ("1E-7", "0.0000001"),
        ("-0.00", "0.00"),
        ("-38.50", "-38.50"),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
    ],
)
def test_amounts_are_exact_and_have_no_exponent(amount: str, text: str) -> None:
    report = sample.report()
    total = report.total.model_copy(update={"now": Decimal(amount)})
    assert _document(report.model_copy(update={"total": total}))["totals"]["now"] == text


def test_hostile_text_is_kept_exactly_and_written_in_plain_ascii() -> None:
    text = render(sample.hostile())
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)
    names = {each["resource"]["name"] for each in json.loads(text)["findings"]}
    assert f"{sample.HOSTILE}Search results page" in names


def test_the_same_report_gives_the_same_bytes() -> None:
    report = sample.report()
    backwards = {name: dict(reversed(list(getattr(report, name).items()))) for name in ("by_product", "by_rule")}
    assert render(report.model_copy(update=backwards)) == render(report) == render(sample.report())


def test_a_time_without_a_zone_is_refused() -> None:
    report = sample.report().model_copy(update={"generated_at": datetime(2026, 11, 20, 9)})  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        render(report)


def _document(report: Report) -> dict[str, Any]:
    document = json.loads(render(report))
    assert isinstance(document, dict)
    return document
