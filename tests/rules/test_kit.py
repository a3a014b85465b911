"""The kit for authors of rules says what is wrong: with a table, and with a rule."""

from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from costguard.rule import Confidence, Estate, Evidence, Finding, Iterator, Metric, Options, Rule, Slo
from costguard.testing import NOW, differences, load, run

TABLE = """
given: {metric: [{id: a.b, created: 31 days ago, modified: in 2 days}]}
flagged:
  - name: found
    finds: {metric a.b: {frees: {timeseries: 1000}, confidence: high, says: [spoken]}}
spared:
  - name: not found
    given: {metric: []}
"""


class Nothing(Options):
    """No thresholds."""


class Loud(Rule[Nothing]):
    """Is there a metric?"""

    id = "metrics-loud"
    needs: ClassVar = (Metric,)
    refines: ClassVar = (Slo,)
    Options = Nothing

    def check(self, estate: Estate) -> Iterator[Finding]:
        for metric in estate[Metric]:
            yield self.finding(
                metric,
                why="It exists.",
                do="Look.",
                frees={"timeseries": metric.series or Decimal(0)},
                confidence=Confidence.HIGH,
                evidence=(Evidence(label="It", value="was spoken of", source="here"),),
            )


def table(folder: Path, text: str) -> Path:
    path = folder / "metrics-loud.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_that_holds_has_no_differences(tmp_path: Path) -> None:
    cases = load(table(tmp_path, TABLE))
    assert [differences(case, run(Loud, case)) for case in cases] == [[], []]


def test_times_are_relative_to_the_time_of_the_case(tmp_path: Path) -> None:
    [metric] = load(table(tmp_path, TABLE))[0].estate[Metric]
    assert metric.created
    assert metric.modified
    assert ((NOW - metric.created).days, (metric.modified - NOW).days) == (31, 2)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            ("timeseries: 1000", "timeseries: 999"),
            "metric a.b: frees {'timeseries': '1000'}, not {'timeseries': '999'}",
        ),
        (("confidence: high", "confidence: low"), "metric a.b: confidence is high, not low"),
        (("metric a.b", "metric a.c"), "finds metric a.b: It exists."),
        (("metric a.b", "metric a.c"), "does not find metric a.c"),
        (("says: [spoken]", "says: [unspoken]"), "metric a.b: does not say 'unspoken', but"),
        (("name: found", "name: found\n    unseen: [slo]"), "metric a.b: confidence is medium, not high"),
        (("name: found", "name: found\n    unseen: [metric]"), "does not find metric a.b"),
    ],
)
def test_differences_are_named(tmp_path: Path, change: tuple[str, str], difference: str) -> None:
    case = load(table(tmp_path, TABLE.replace(*change)))[0]
    assert any(each.startswith(difference) for each in differences(case, run(Loud, case)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("flagged:", "fnord:"), "the table: fnord is not one of flagged, given, spared"),
        (("finds:", "find:"), "case 'found': find is not one of"),
        (("frees:", "free:"), "case 'found': free is not one of commits, confidence, frees, says"),
        (("{metric: []}", "{metrics: []}"), "case 'not found': metrics is not one of"),
        (("a.b, created", "a.b, nonsense: 1, created"), "nonsense"),
        (("name: not found", "name: not found\n    finds: {metric a.b: {}}"), "`finds` exactly where it is flagged"),
    ],
)
def test_a_table_with_a_mistake_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=r"metrics-loud\.yaml") as raised:
        load(table(tmp_path, TABLE.replace(*change)))
    assert words in str(raised.value)
