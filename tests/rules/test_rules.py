"""Every rule, run on its table of cases; and what all rules have in common."""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from costguard.bundled import bundled
from costguard.model.resources import IGNORE_TAG, Resource
from costguard.model.spend import Derived
from costguard.registry import discover
from costguard.rule import HEADINGS, Confidence, Rule
from costguard.testing import Case, differences, load, run
from tests.fixes import call_faults

TABLES = Path(__file__).parent
RULES = {rule.id: rule for rule in discover()}
FILES = sorted(bundled("rules").glob("*/*.py"))
CASES = [(rule, case) for id_, rule in RULES.items() for case in load(TABLES / f"{id_}.yaml")]
FLAGGED = [(rule, case) for rule, case in CASES if case.flagged]

every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def named(cases: Iterable[tuple[type[Rule[Any]], Case]]) -> list[str]:
    return [f"{rule.id}: {case.name}" for rule, case in cases]


@pytest.mark.parametrize(("rule", "case"), CASES, ids=named(CASES))
def test_the_rule_finds_what_the_case_expects_and_nothing_else(rule: type[Rule[Any]], case: Case) -> None:
    assert differences(case, run(rule, case)) == []


@pytest.mark.parametrize(("rule", "case"), FLAGGED, ids=named(FLAGGED))
def test_a_resource_tagged_to_be_ignored_is_spared(rule: type[Rule[Any]], case: Case) -> None:
    tagged = {
        kind: [_changed(each, tags=(*each.tags, IGNORE_TAG)) if _is_found(each, case) else each for each in found]
        for kind, found in case.resources.items()
    }
    assert run(rule, _given(case, resources=tagged)) == []


@pytest.mark.parametrize(("rule", "case"), FLAGGED, ids=named(FLAGGED))
def test_without_what_it_needs_the_rule_says_nothing(rule: type[Rule[Any]], case: Case) -> None:
    for kind in rule.needs:
        assert run(rule, _given(case, unseen=case.unseen | {kind.kind})) == [], kind


@pytest.mark.parametrize(("rule", "case"), FLAGGED, ids=named(FLAGGED))
def test_without_what_refines_it_the_rule_is_less_sure_and_says_so(rule: type[Rule[Any]], case: Case) -> None:
    order = list(Confidence)
    for kind in rule.refines:
        for sure, doubtful in zip(
            run(rule, _given(case, unseen=frozenset())),
            run(rule, _given(case, unseen=frozenset({kind.kind}))),
            strict=True,
        ):
            assert order.index(doubtful.confidence) == max(order.index(sure.confidence) - 1, 0)
            assert [each.label for each in doubtful.evidence if each not in sure.evidence] == [
                kind.kind.replace("_", " ")
            ]


@pytest.mark.parametrize(("rule", "case"), FLAGGED, ids=named(FLAGGED))
def test_a_finding_has_sentences_and_is_about_something(rule: type[Rule[Any]], case: Case) -> None:
    for finding in run(rule, case):
        assert finding.why.endswith(".")
        assert finding.do.endswith(".")
        assert finding.evidence
        assert all(units > 0 for units in finding.frees.values())
        about_money = any(issubclass(kind, Derived) for kind in rule.needs)
        assert bool(finding.frees) is not about_money
        assert bool(finding.commits) is (rule.product() == "commit")


@pytest.mark.parametrize(("rule", "case"), FLAGGED, ids=named(FLAGGED))
def test_a_fix_by_the_api_is_a_call_and_its_body(rule: type[Rule[Any]], case: Case) -> None:
    for finding in run(rule, case):
        assert list(call_faults(finding.fix.api if finding.fix else "")) == []


@every_rule
def test_a_table_holds_enough_cases_of_both_kinds(rule: type[Rule[Any]]) -> None:
    own = [case for each, case in CASES if each is rule]
    assert len({case.name for case in own}) == len(own) >= 10
    assert {case.flagged for case in own} == {True, False}


@every_rule
def test_the_documentation_is_a_question_and_the_headings_in_order(rule: type[Rule[Any]]) -> None:
    assert rule.title().endswith("?")
    title, *parts = re.split(r"^## (.+)$", rule.documentation(), flags=re.MULTILINE)
    assert title.strip() == rule.title()
    assert tuple(parts[::2]) == HEADINGS
    assert all(text.strip() for text in parts[1::2])


@every_rule
def test_every_threshold_has_a_default_and_a_description(rule: type[Rule[Any]]) -> None:
    for name, threshold in rule.Options.model_fields.items():
        assert not threshold.is_required(), name
        assert (threshold.description or "").endswith("."), name
    assert rule.configured({}).options == rule.Options()


def test_every_rule_is_called_by_its_path() -> None:
    assert {f"{file.parent.name}-{file.stem}".replace("_", "-") for file in FILES} == set(RULES)


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.name}" for file in FILES])
def test_a_rule_imports_only_its_interface_pydantic_and_the_standard_library(file: Path) -> None:
    allowed = {"costguard.rule", "pydantic"}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            assert module in allowed or module.partition(".")[0] in sys.stdlib_module_names, f"{file}: {module}"


def _is_found(resource: Resource, case: Case) -> bool:
    """Whether it is found itself, or judged for what is: an organisation by its attribution."""
    return resource.id in {name.partition(" ")[2] for name in case.finds}


def _changed(resource: Resource, **fields: Any) -> Resource:
    return resource.model_copy(update=fields)


def _given(case: Case, **fields: Any) -> Case:
    return Case(**{**vars(case), **fields})
