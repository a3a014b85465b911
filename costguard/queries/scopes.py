"""The filter between a metric query's braces: `env:prod,!host:a`, `env:prod AND service IN (a, b)`."""

import re

from costguard.queries.filters import ALWAYS, UNSURE, Filter, Match, either, every, negated

LONGEST, DEEPEST = 20_000, 50

_TOKEN = re.compile(r"[(),!]|[^\s(),!]+")
_WORDS = frozenset({"AND", "OR", "NOT", "IN"})


class _UnclearError(Exception):
    """A scope that is not of the documented form."""


def scope_filter(scope: str) -> Filter:
    """The scope as a filter on tags; `UNSURE` where it could not be understood, and for template variables.

    Source: docs.datadoghq.com/metrics/advanced-filtering.
    """
    if not scope.strip():
        return ALWAYS
    if len(scope) > LONGEST:
        return UNSURE
    try:
        return _Parser(_TOKEN.findall(scope)).whole()
    except _UnclearError:
        return UNSURE


class _Parser:
    """Recursive descent; a comma binds like AND."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def whole(self) -> Filter:
        result = self.alternatives()
        if self.at < len(self.tokens):
            raise _UnclearError
        return result

    def alternatives(self) -> Filter:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _UnclearError
        parts = [self.conjunction()]
        while self.take("OR"):
            parts.append(self.conjunction())
        self.depth -= 1
        return either(parts)

    def conjunction(self) -> Filter:
        parts = [self.term()]
        while self.take("AND") or self.take(","):
            parts.append(self.term())
        return every(parts)

    def term(self) -> Filter:
        if self.take("!") or self.take("NOT"):
            self.depth += 1
            if self.depth > DEEPEST:
                raise _UnclearError
            inner = negated(self.term())
            self.depth -= 1
            return inner
        if self.take("("):
            inner = self.alternatives()
            self.expect(")")
            return inner
        word = self.word()
        negative = self.take("NOT")
        if self.take("IN"):
            listed = either(_tag(word, value) for value in self.values())
            return negated(listed) if negative else listed
        if negative:
            raise _UnclearError
        if word == "*":
            return ALWAYS
        key, colon, value = word.partition(":")
        return _tag(key, value) if colon else UNSURE

    def values(self) -> list[str]:
        self.expect("(")
        values = [self.word()]
        while self.take(","):
            values.append(self.word())
        self.expect(")")
        return values

    def word(self) -> str:
        word = self.tokens[self.at] if self.at < len(self.tokens) else ""
        # In lower case it is not documented whether these are operators.
        if not word or word in "(),!" or word.upper() in _WORDS:
            raise _UnclearError
        self.at += 1
        return word

    def take(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise _UnclearError


def _tag(key: str, value: str) -> Filter:
    if "$" in key or "$" in value or not value:
        return UNSURE
    return Match(key, value.replace("\\", "\\\\"), wild=True) if "*" in value else Match(key, value)
