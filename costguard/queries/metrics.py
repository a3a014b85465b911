"""Datadog's metric query syntax: which metrics a query reads, and of which tags.

Every name that could be a metric counts: a function's keyword too many does no harm, a metric too few would.
"""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?:
        (?P<name>[A-Za-z_][A-Za-z0-9_.*]*|\*[A-Za-z0-9_.*]*)
      | (?P<operator>[-+/%^(),.:=<>!&|])
      | (?P<scope>\{[^{}]*\})
      | (?P<number>[0-9][A-Za-z0-9_.]*)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    )\s*""",
    re.VERBOSE | re.DOTALL,
)

Token = tuple[str, str]


class MetricRead(NamedTuple):
    """A metric that a query reads."""

    name: str
    """May hold `*` for any run of characters."""
    scope: str
    """What its braces hold; "*" where it has none."""


def metric_names(query: str) -> frozenset[str] | None:
    """Names of the metrics that a metric or monitor query reads; they may hold `*`.

    None where the query could not be understood: it may read anything. A query of another kind
    (`logs("…")`, `"http.can_connect".over("…")`, `1 && !2`) reads no metric that could be mistaken for a custom one.
    """
    reads = metric_scopes(query)
    return None if reads is None else frozenset(read.name for read in reads)


def metric_scopes(query: str) -> tuple[MetricRead, ...] | None:
    """The metrics that a query reads, each with its scope; None where the query could not be understood."""
    tokens = _tokens(query)
    if tokens is None:
        return None
    reads: dict[MetricRead, None] = {}
    before: Token = ("", "")
    for (kind, text), (next_kind, next_text) in zip(tokens, [*tokens, ("", "")][1:], strict=True):
        if kind == "name":
            scope = next_text[1:-1].strip() if next_kind == "scope" else "*"
            for name in _names(text, before, next_kind, next_text):
                reads[MetricRead(name, scope)] = None
        before = kind, text
    return tuple(reads)


def _tokens(query: str) -> list[Token] | None:
    tokens: list[Token] = []
    text = query.strip()
    at = 0
    kind = ""
    for found in _TOKEN.finditer(text):
        # Braces that follow no name are JSON or something else, but no metric query.
        if found.start() != at or (found.lastgroup == "scope" and kind != "name"):
            return None
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens if at == len(text) else None


def _names(text: str, before: Token, next_kind: str, next_text: str) -> list[str]:
    """The metrics that a name may stand for, by what stands before and after it."""
    if text.startswith("*") and (before[0] in ("scope", "number", "string", "name") or before[1] == ")"):
        # `a{*} *b{*}`: a product, not a wildcard.
        text = text.lstrip("*")
    if not text or (text == "by" and next_kind == "scope") or next_text == ":":
        return []
    if next_text == "(":
        # A function; of `a.b.rollup(…)`, which lacks its braces, `a.b` may be a metric.
        text = text.rpartition(".")[0]
    # `a*b` may be a product as well as a wildcard.
    names = [text, *text.split("*")] if "*" in text else [text]
    return [name for name in names if name and not name[0].isdecimal() and "." not in (name[0], name[-1])]
