"""The kit for authors of rules: a YAML table of cases, run on estates that are built from it.

Needs PyYAML. A table is the cases of one rule:

    given:                          # what every case begins with, by kind of resource
      synthetic_test: [{id: abc-def-ghi, monitor_id: "7"}]
      monitor: [{id: "7", notifications: []}]
    flagged:
      - name: nobody is notified
        finds: {synthetic_test abc-def-ghi: {frees: {synthetics_api_tests: 8760}, confidence: high}}
    spared:
      - name: a channel is notified
        given: {monitor: [{id: "7", notifications: ["@slack-web"]}]}

A case may also have `options` (thresholds), `unseen` (kinds that could not be read) and `billed` (billed units by
dimension). A finding may expect `frees`, `commits`, `confidence` and `says`. Fields that a resource leaves out get
defaults; times may be written as "31 days ago" and "in 3 days".

The days of a `daily_spend` may be told by what each adds on demand (`adds`) or by the level that they stand at
(`levels`), the last number being yesterday's; `[5, 30, 30, 10]` repeats 30, 30, 10 five times. Each month costs
`committed` beside that, and each day adds `accruing` to it. The `months` of a `billing_dimension` end with the last
closed one; where only one is told, there are three like it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from costguard.engine import judge_one
from costguard.estate import Estate
from costguard.model.findings import Finding
from costguard.model.resources import Resource
from costguard.rule import Rule
from costguard.testing.resources import KINDS, NOW, ORG, resource

__all__ = ["NOW", "ORG", "Case", "differences", "load", "run"]


@dataclass(frozen=True)
class Case:
    """One row of a table."""

    name: str
    flagged: bool
    resources: Mapping[type[Resource], Sequence[Resource]]
    finds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is expected by "kind id"; each with `frees`, `commits`, `confidence`, `says` (parts of any of its texts)."""
    options: Mapping[str, Any] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    billed: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def estate(self) -> Estate:
        """The organisation that the case describes."""
        return Estate(
            self.resources,
            now=NOW,
            seen={ORG: frozenset(KINDS) - self.unseen},
            billed={(ORG, dimension): units for dimension, units in self.billed.items()},
        ).of(ORG)


def load(path: Path) -> tuple[Case, ...]:
    """The cases of a table; raises ValueError for a key, kind or field that there is not."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    _known(path, "the table", table, {"given", "flagged", "spared"})
    given = table.get("given") or {}
    return tuple(
        _case(path, row, given, flagged=flagged)
        for flagged, key in ((True, "flagged"), (False, "spared"))
        for row in table.get(key) or ()
    )


def run(rule: type[Rule[Any]], case: Case) -> list[Finding]:
    """What the rule finds, as costguard would: ignored resources, missing and weakening evidence included."""
    return judge_one(rule.configured(case.options), case.estate)


def differences(case: Case, findings: Sequence[Finding]) -> list[str]:
    """What is not as the case expects, a sentence each; empty when all is."""
    found = {f"{each.resource.kind} {each.resource.id}": each for each in findings}
    wrong = [f"finds {name}: {found[name].why}" for name in found if name not in case.finds]
    for name, expected in case.finds.items():
        if name in found:
            wrong += [f"{name}: {each}" for each in _wrong(found[name], expected)]
        else:
            wrong.append(f"does not find {name}")
    return wrong


def _wrong(finding: Finding, expected: Mapping[str, Any]) -> Iterator[str]:
    for what, claimed in (("frees", finding.frees), ("commits", finding.commits)):
        units = {dimension: Decimal(str(each)) for dimension, each in expected.get(what, {}).items()}
        got = {dimension: round(each, 4) for dimension, each in claimed.items()}
        if what in expected and got != units:
            yield f"{what} {_plain(got)}, not {_plain(units)}"
    if "confidence" in expected and finding.confidence != expected["confidence"]:
        yield f"confidence is {finding.confidence}, not {expected['confidence']}"
    texts = [finding.why, finding.do, *finding.fix.model_dump().values()] if finding.fix else [finding.why, finding.do]
    texts += [f"{each.label}: {each.value}" for each in finding.evidence]
    for part in expected.get("says", ()):
        if not any(part in text for text in texts):
            yield f"does not say {part!r}, but {texts}"


def _plain(frees: Mapping[str, Decimal]) -> dict[str, str]:
    return {dimension: f"{units.normalize():f}" for dimension, units in frees.items()}


def _case(path: Path, row: Mapping[str, Any], given: Mapping[str, Any], *, flagged: bool) -> Case:
    name = row.get("name", "")
    where = f"case {name!r}"
    _known(path, where, row, {"name", "given", "finds", "options", "unseen", "billed"})
    if not name or flagged != bool(row.get("finds")):
        raise ValueError(f"{path}: {where}: a case has a name, and `finds` exactly where it is flagged")
    unseen = frozenset(row.get("unseen", ()))
    for expected in (row.get("finds") or {}).values():
        _known(path, where, expected or {}, {"frees", "commits", "confidence", "says"})
    own = row.get("given") or {}
    _known(path, where, dict.fromkeys([*given, *own, *unseen]), set(KINDS))
    try:
        resources = {KINDS[kind]: [resource(kind, each) for each in found] for kind, found in {**given, **own}.items()}
    except ValueError as error:
        raise ValueError(f"{path}: {where}: {error}") from error
    return Case(
        name=name,
        flagged=flagged,
        resources=resources,
        finds={finding: expected or {} for finding, expected in (row.get("finds") or {}).items()},
        options=row.get("options") or {},
        unseen=unseen,
        billed={dimension: Decimal(str(units)) for dimension, units in (row.get("billed") or {}).items()},
    )


def _known(path: Path, where: str, keys: Mapping[str, Any], known: set[str]) -> None:
    for key in keys:
        if key not in known:
            raise ValueError(f"{path}: {where}: {key} is not one of {', '.join(sorted(known))}")
