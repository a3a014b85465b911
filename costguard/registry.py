"""Finds rules: one a file, ours and the user's alike, loaded by path."""

import importlib.util
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from inspect import isabstract
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from costguard.bundled import bundled
from costguard.errors import CostguardError, one_line, shown
from costguard.model.resources import Organisation, Resource
from costguard.rule import Rule
from costguard.settings import Settings, invalid, unknown_key
from costguard.settings_error import suggest

RuleClass = type[Rule[Any]]


class RegistryError(CostguardError):
    """A rule that cannot be loaded or chosen: one line that names it and the next step."""


def discover(paths: Sequence[Path] = ()) -> tuple[RuleClass, ...]:
    """All rules below our own folder and `paths`, by id; raises RegistryError for one that cannot be used."""
    found: dict[str, RuleClass] = {}
    for root in (bundled("rules"), *paths):
        if not root.is_dir():
            raise RegistryError(f"rule_paths: {root} is not a folder; name one that holds <product>/<rule>.py files")
        for file in sorted(root.glob("*/*.py")):
            rule = _load(file)
            if rule.id in found:
                raise RegistryError(f"{file}: another rule is already called {rule.id}; give one of them another name")
            found[rule.id] = rule
    return tuple(found[id_] for id_ in sorted(found))


def choose(rules: Sequence[RuleClass], settings: Settings, globs: Sequence[str] = ()) -> tuple[Rule[Any], ...]:
    """The rules that are enabled and match one of `globs` (all, without any), with their thresholds.

    Raises RegistryError for a glob that matches no rule, SettingsError for a table or threshold that no rule has.
    """
    ids = [rule.id for rule in rules]
    for table in settings.rules:
        if table not in ids:
            raise unknown_key(settings.source, ("rules", table), ids)
    for glob in globs:
        if not any(fnmatchcase(id_, glob) for id_ in ids):
            raise RegistryError(f"--rule {shown(glob)}: matches no rule; {suggest(glob, ids)}")
    configured = [(rule, _configured(rule, settings)) for rule in rules]
    return tuple(
        each
        for rule, each in configured
        if rule.id not in settings.rules or settings.rules[rule.id].enabled
        if not globs or any(fnmatchcase(rule.id, glob) for glob in globs)
    )


def wanted(rules: Sequence[Rule[Any]]) -> frozenset[type[Resource]]:
    """The kinds of resources that these rules judge by, and the organisations themselves."""
    return frozenset({Organisation, *(kind for rule in rules for kind in (*rule.needs, *rule.refines))})


def _configured(rule: RuleClass, settings: Settings) -> Rule[Any]:
    table = settings.rules.get(rule.id)
    try:
        return rule.configured(table.options if table else {})
    except ValidationError as error:
        raise invalid(settings.source, ("rules", rule.id), error, rule.Options) from None


def _load(file: Path) -> RuleClass:
    module = _module(file)
    rules = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
        and not isabstract(value)
    ]
    if len(rules) != 1:
        raise RegistryError(f"{file}: holds {len(rules)} rules; one file holds one rule")
    rule = rules[0]
    expected = f"{file.parent.name}-{file.stem}".replace("_", "-")
    if getattr(rule, "id", None) != expected:
        raise RegistryError(
            f"{file}: its rule calls itself {getattr(rule, 'id', None)!r}; by its path it is {expected!r}"
        )
    return rule


def _module(file: Path) -> ModuleType:
    name = f"costguard_rules.{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RegistryError(f"{file}: cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    # Pydantic resolves the annotations of a model through its module's entry here.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise RegistryError(f"{file}: {type(error).__name__}: {one_line(error)}") from error
    return module
