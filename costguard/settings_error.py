"""How a wrong setting is reported: one line that names the file, the key and the next step."""

import difflib
import json
import re
from collections.abc import Collection, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from costguard.errors import CostguardError

REASONS = {
    "missing": "is required",
    "tuple_type": "must be a list; a list of tables is written [[name]]",
    "too_short": "must not be empty",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be a path",
}
"""pydantic's error types in the words of TOML, where its own message speaks of Python."""


class SettingsError(CostguardError):
    """A setting is wrong or missing; one line: where it is, what is wrong, the next step."""


def unknown_key(source: str, at: tuple[str | int, ...], known: Collection[str]) -> SettingsError:
    """The error for a key that nobody reads; `source` names the file, `at` is the key's path in it."""
    return SettingsError(f"{source}: {_dotted(at)}: unknown key; {suggest(str(at[-1]), known)}")


def invalid(
    source: str, at: tuple[str | int, ...], error: ValidationError, model: type[BaseModel], **below: type[BaseModel]
) -> SettingsError:
    """What pydantic has against the table at the key path `at`, validated as `model`: one line, without the value.

    `below` gives the models of the tables in it, by key. A misspelt key comes first: it often explains a missing one.
    """
    errors = error.errors(include_url=False, include_input=False)
    first = min(errors, key=lambda each: each["type"] != "extra_forbidden")
    # pydantic's mark for a key that is wrong itself.
    path = tuple(part for part in at + first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        table = _table(below.get(str(first["loc"][0]), model), first["loc"][:-1])
        return unknown_key(source, path, table.model_fields)
    reason = REASONS.get(first["type"]) or first["msg"].removeprefix("Value error, ").replace("Input should", "must")
    return SettingsError(": ".join(part for part in (source, _dotted(path), reason) if part))


def _table(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model of the table at `path` below a table of this model."""
    for key in path:
        if field := model.model_fields.get(str(key)):
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type is made of: itself, or what its union, list or table holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _dotted(path: tuple[str | int, ...]) -> str:
    """A key path as one writes it in TOML, list places from 1: orgs[1].name."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{_quoted(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def suggest(word: str, known: Collection[str]) -> str:
    """What was probably meant by `word`, or all that could have been."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
