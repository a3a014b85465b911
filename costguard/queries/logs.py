"""Datadog's log search syntax: which logs a search could read, by their service, status and index.

Source of the syntax: docs.datadoghq.com/logs/explorer/search_syntax.
"""

import re
from collections.abc import Callable, Iterator

from luqum.exceptions import ParseError
from luqum.thread import parse
from luqum.tree import (
    AndOperation,
    BaseGroup,
    From,
    Item,
    Not,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    Range,
    SearchField,
    To,
    UnknownOperation,
    Word,
)

from costguard.queries.filters import (
    ALWAYS,
    UNSURE,
    Ask,
    Filter,
    Match,
    Verdict,
    between,
    either,
    every,
    negated,
)
from costguard.queries.severity import severity_of
from costguard.queries.texts import Known

KEYS = frozenset({"service", "status", "index"})
"""What is known of a slice of logs; a condition on anything else may hold or not."""

NO_SERVICE = frozenset({"", "N/A"})
"""How logs without a service are named in usage metrics; a later pipeline may still have given them one."""

LONGEST, DEEPEST = 20_000, 50
"""Characters and nesting beyond which a search counts as not understood."""

_OPERATIONS = (AndOperation, OrOperation, UnknownOperation)
_UNDERSTOOD = (*_OPERATIONS, Word, Phrase, BaseGroup, Prohibit, Not, Plus, SearchField, Range, From, To)
_PHRASE_OR_SLASH = re.compile(r'\\.|"(?:[^\\"]|\\.)*"|/', re.DOTALL)
_SAYS_NOTHING = re.compile(
    r"""\\. | (?<![^\s(-])(?P<phrase>"(?:[^\\"]|\\.)*")(?![^\s)]) | "(?:[^\\"]|\\.)*"
      | (?<![^\s(-])(?P<attribute>@[\w.]+:
          (?: \[(?:-?\d+|\*)[ ]TO[ ](?:-?\d+|\*)\] | [<>]=?\d+ | "(?:[^\\"]|\\.)*"
            | (?!(?i:and|or|not|to)\b)\w[\w./*-]* )
        )(?![^\s)])""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"(?:\\.|[\w./@*?-])+", re.DOTALL)
_WILD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_DOUBTFUL = re.compile(r'["|&!“”]|^(?:and|or|not)$', re.IGNORECASE)

Leaf = Callable[[Item], Filter]


class _UnclearError(Exception):
    """A search that Datadog may read in another way than the parser did."""


def may_read(query: str, *, service: str, status: str, index: str) -> bool:
    """Whether the search could read logs of this slice; False only where it certainly excludes them."""
    return log_filter(query).verdict(about(service, status, index)) is not False


def about(service: str | None, status: str, index: str) -> Ask:
    """What is known of the conditions on a slice of logs; `service` None: not asked."""
    named = None if service is None or service in NO_SERVICE else Known.of(service)
    level, place = Known.of(status), Known.of(index)
    severity = severity_of(status)

    def ask(match: Match) -> Verdict:
        if match.key == "service":
            return match.fits(named) if named else None
        if match.key == "status":
            return _status_fits(match, level, severity)
        return match.fits(place) if match.key == "index" else None

    return ask


def log_filter(query: str) -> Filter:
    """The search as a filter on service, status and index; `UNSURE` where it could not be understood."""
    return gist_filter(gist(query))


def gist(query: str) -> str:
    """The search with its plain conditions on attributes, and its phrases, made all alike: they say nothing here.

    So that of thousands of searches that differ only in these, one is parsed.
    """
    alike = {"attribute": "@a:1", "phrase": '"a"'}
    return _SAYS_NOTHING.sub(lambda found: alike.get(found.lastgroup or "", found[0]), query)


def gist_filter(query: str) -> Filter:
    """The filter of a search's gist."""
    if not query.strip():
        return ALWAYS
    # The parser raises other errors for fuzzy terms and boosts that are not numbers; logs have neither.
    if len(query) > LONGEST or "~" in query or "^" in query:
        return UNSURE
    # A slash is an ordinary character for Datadog; for the parser it opens a regular expression.
    text = _PHRASE_OR_SLASH.sub(lambda found: r"\/" if found[0] == "/" else found[0], query)
    try:
        tree = parse(text)
        _check(tree, text)
    except (ParseError, _UnclearError):
        return UNSURE
    return _Reader(text).condition(tree)


def _check(tree: Item, text: str) -> None:
    """Raises _UnclearError where the parser's reading may not be Datadog's."""
    pending = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST or not isinstance(node, _UNDERSTOOD):
            raise _UnclearError
        if isinstance(node, Word) and _DOUBTFUL.search(_ESCAPED.sub("", node.value)):
            raise _UnclearError
        if isinstance(node, SearchField) and (
            _DOUBTFUL.search(node.name) or node.expr.head or text[node.pos + len(node.name)] != ":"
        ):
            raise _UnclearError
        if isinstance(node, Prohibit | Plus) and node.children[0].head:
            raise _UnclearError
        pending += [(child, depth + 1) for child in node.children]


class _Reader:
    """Turns a parsed search into a filter."""

    def __init__(self, text: str) -> None:
        self.text = text

    def condition(self, node: Item) -> Filter:
        """A search or a part of one."""
        if isinstance(node, _OPERATIONS):
            return self.sequence(node, self.condition)
        if isinstance(node, Prohibit | Not):
            return negated(self.condition(node.children[0]))
        if isinstance(node, Plus | BaseGroup):
            return self.condition(node.children[0])
        if isinstance(node, SearchField) and node.name in KEYS:
            return self.value(node.expr, node.name)
        return ALWAYS if isinstance(node, Word) and node.value == "*" else UNSURE

    def value(self, node: Item, key: str) -> Filter:
        """What follows `key:`."""
        if isinstance(node, UnknownOperation):
            # `service:(a b)`: all of them, or one of them, as some read it.
            parts = [self.value(child, key) for child in node.children]
            return between(every(parts), either(parts))
        if isinstance(node, _OPERATIONS):
            return self.sequence(node, lambda child: self.value(child, key))
        if isinstance(node, Prohibit | Not):
            return negated(self.value(node.children[0], key))
        if isinstance(node, Plus | BaseGroup):
            return self.value(node.children[0], key)
        if isinstance(node, Phrase):
            return _phrase(key, node.value[1:-1])
        return _word(key, node.value) if isinstance(node, Word) else UNSURE

    def sequence(self, node: Item, leaf: Leaf) -> Filter:
        """Terms and operators between two parentheses.

        Which of an implicit AND and an OR binds tighter is not documented: the result lies between the two readings.
        """
        terms: list[Filter] = []
        operators: list[str] = []
        for item in _flat(node):
            if isinstance(item, str):
                operators.append(item)
                continue
            glued = bool(terms) and not operators[-1] and not self.text[item.pos - 1].isspace()
            if glued:
                # `CIDR(…)` and the like: a function's name and its arguments.
                terms[-1] = UNSURE
            terms.append(UNSURE if glued else leaf(item))
        products, sums = [[terms[0]]], [[terms[0]]]
        for operator, term in zip(operators, terms[1:], strict=True):
            tight, loose = (sums, products) if operator == "OR" else (products, sums)
            tight[-1].append(term)
            loose.append([term])
        return between(every(map(either, sums)), either(map(every, products)))


def _flat(node: Item) -> Iterator[Item | str]:
    """A sequence in the order of its text: terms, and between them AND, OR or nothing."""
    if not isinstance(node, _OPERATIONS):
        yield node
        return
    operator = {AndOperation: "AND", OrOperation: "OR"}.get(type(node), "")
    for position, child in enumerate(node.children):
        if position:
            yield operator
        yield from _flat(child)


def _phrase(key: str, inside: str) -> Filter:
    literal = Match(key, _ESCAPED.sub(r"\1", inside))
    if "$" in inside:
        return UNSURE
    # Documented as literal between quotes; older widgets were written as if they were wildcards.
    return between(literal, either((literal, Match(key, inside, wild=True)))) if _WILD.search(inside) else literal


def _word(key: str, text: str) -> Filter:
    if "$" in text or not _PLAIN.fullmatch(text):
        return UNSURE
    return Match(key, text, wild=True) if _WILD.search(text) else Match(key, _ESCAPED.sub(r"\1", text))


def _status_fits(match: Match, status: Known, severity: str) -> Verdict:
    """Like `Match.fits`; perhaps for another spelling of the same severity, which a pipeline may have remapped."""
    verdict = match.fits(status)
    if verdict is not False:
        return verdict
    same = match.fits(Known(severity, severity)) is not False if match.wild else severity_of(match.value) == severity
    return None if same else False
