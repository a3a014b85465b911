"""What a monitor's query and message refer to besides metrics: searches of logs, other monitors, handles."""

import re
from typing import NamedTuple

_TOKEN = re.compile(r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<name>[\w-]+)|\s+|(?P<other>.)""", re.DOTALL)
_ESCAPED = re.compile(r'\\(["\'\\])')
_CONDITION = re.compile(r"\{\{\s*(?:[#^/][^{}]*|else)\s*\}\}")
_HANDLE = re.compile(r"(?<![\w@./+-])@[\w.+*{-][^\s,;()<>\[\]\"'`]*")


class LogQuery(NamedTuple):
    """A search of logs in a monitor's query."""

    text: str
    indexes: tuple[str, ...]
    """The indexes that it is restricted to; empty = all."""


def log_queries(monitor_query: str) -> tuple[LogQuery, ...] | None:
    """The searches of a log monitor's query: `logs("…").index("a,b").rollup("count").last("5m") > 10`.

    None where the query could not be understood, or is a formula over searches that stand elsewhere in the monitor.
    """
    tokens = [(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(monitor_query) if found.lastgroup]
    found: list[LogQuery] = []
    for at, (kind, text) in enumerate(tokens):
        if kind == "other" and text in "\"'":
            return None
        if kind != "name" or _text(tokens, at + 1) != "(":
            continue
        if text == "formula":
            return None
        if text.endswith("logs"):
            if _kind(tokens, at + 2) != "string" or _text(tokens, at + 3) != ")":
                return None
            indexes = _indexes(tokens, at + 4)
            if indexes is None:
                return None
            found.append(LogQuery(_unquoted(_text(tokens, at + 2)), indexes))
    return tuple(found)


def _indexes(tokens: list[tuple[str, str]], at: int) -> tuple[str, ...] | None:
    """The arguments of `.index(…)` among the calls that follow; None where they are not plain strings."""
    while _text(tokens, at) == "." and _kind(tokens, at + 1) == "name" and _text(tokens, at + 2) == "(":
        call, at = _text(tokens, at + 1), at + 3
        arguments: list[str] = []
        while _text(tokens, at) not in (")", ""):
            if call == "index" and _text(tokens, at) != ",":
                if _kind(tokens, at) != "string":
                    return None
                arguments += _unquoted(_text(tokens, at)).split(",")
            at += 1
        at += 1
        if call == "index":
            names = tuple(name.strip() for name in arguments if name.strip())
            return () if "*" in names else names
    return ()


def composite_ids(monitor_query: str) -> frozenset[str]:
    """Ids of the monitors that a composite monitor's query combines: `123 && !(456 || 789)`."""
    return frozenset(re.findall(r"[0-9]+", monitor_query))


def handles(message: str) -> tuple[str, ...]:
    """What a monitor's or a test's message notifies: @slack-payments, @someone@example.com, @team-{{team.name}}."""
    text = _CONDITION.sub(" ", message)
    return tuple(dict.fromkeys(found.rstrip(".:!?") for found in _HANDLE.findall(text)))


def _kind(tokens: list[tuple[str, str]], at: int) -> str:
    return tokens[at][0] if at < len(tokens) else ""


def _text(tokens: list[tuple[str, str]], at: int) -> str:
    return tokens[at][1] if at < len(tokens) else ""


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1])
