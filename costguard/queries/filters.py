"""Filters with three verdicts – yes, no, perhaps – over something of which only a part is known."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from costguard.queries.texts import Known, fold, fold_pattern, glob

Verdict: TypeAlias = bool | None
"""True: certainly matches; False: certainly does not; None: it may."""


Ask: TypeAlias = Callable[["Match"], Verdict]
"""What is known of one condition."""


class Filter(ABC):
    """A condition; compared by content, so that the same filter of a thousand queries is judged once."""

    __slots__ = ()

    @abstractmethod
    def verdict(self, ask: Ask) -> Verdict:
        """Kleene's logic over what `ask` says of the single conditions."""

    @abstractmethod
    def required(self, key: str) -> frozenset[str] | None:
        """Folded values of `key`, folded too, of which a match must have one; None where there is no such set."""

    @abstractmethod
    def tag_keys(self) -> frozenset[str]:
        """The keys that its conditions are about, folded."""


@dataclass(frozen=True, slots=True)
class Constant(Filter):
    """The same verdict for everything."""

    value: Verdict

    def verdict(self, ask: Ask) -> Verdict:  # noqa: ARG002 - the answer does not matter
        return self.value

    def required(self, key: str) -> frozenset[str] | None:  # noqa: ARG002
        return frozenset() if self.value is False else None

    def tag_keys(self) -> frozenset[str]:
        return frozenset()


ALWAYS, NEVER, UNSURE = Constant(True), Constant(False), Constant(None)


@dataclass(frozen=True, slots=True)
class Match(Filter):
    """`key:value`; with `wild`, the value is a pattern (see `glob`)."""

    key: str
    value: str
    wild: bool = False
    folded_key: str = field(init=False, compare=False, repr=False)
    """The key as Datadog may have normalised it."""
    folded: str = field(init=False, compare=False, repr=False)
    """The value, or the pattern, as Datadog may have normalised it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded_key", fold(self.key))
        object.__setattr__(self, "folded", fold_pattern(self.value) if self.wild else fold(self.value))

    def fits(self, known: Known) -> Verdict:
        """True for the very same text; None for one that Datadog may have normalised into it; False otherwise."""
        if glob(self.value, known.text) if self.wild else self.value == known.text:
            return True
        return None if (glob(self.folded, known.folded) if self.wild else self.folded == known.folded) else False

    def verdict(self, ask: Ask) -> Verdict:
        return ask(self)

    def required(self, key: str) -> frozenset[str] | None:
        return frozenset((self.folded,)) if key == self.folded_key and not self.wild else None

    def tag_keys(self) -> frozenset[str]:
        return frozenset((self.folded_key,))


@dataclass(frozen=True, slots=True)
class Not(Filter):
    """What `of` does not match."""

    of: Filter

    def verdict(self, ask: Ask) -> Verdict:
        inner = self.of.verdict(ask)
        return None if inner is None else not inner

    def required(self, key: str) -> frozenset[str] | None:  # noqa: ARG002 - a negation requires nothing
        return None

    def tag_keys(self) -> frozenset[str]:
        return self.of.tag_keys()


@dataclass(frozen=True, slots=True)
class Every(Filter):
    """What all of its parts match."""

    of: tuple[Filter, ...]

    def verdict(self, ask: Ask) -> Verdict:
        result: Verdict = True
        for each in self.of:
            one = each.verdict(ask)
            if one is False:
                return False
            if one is None:
                result = None
        return result

    def required(self, key: str) -> frozenset[str] | None:
        return min((one for each in self.of if (one := each.required(key)) is not None), key=len, default=None)

    def tag_keys(self) -> frozenset[str]:
        return frozenset().union(*(each.tag_keys() for each in self.of))


@dataclass(frozen=True, slots=True)
class Either(Filter):
    """What at least one of its parts matches."""

    of: tuple[Filter, ...]

    def verdict(self, ask: Ask) -> Verdict:
        result: Verdict = False
        for each in self.of:
            one = each.verdict(ask)
            if one is True:
                return True
            if one is None:
                result = None
        return result

    def required(self, key: str) -> frozenset[str] | None:
        parts = [each.required(key) for each in self.of]
        return None if None in parts else frozenset().union(*(part for part in parts if part is not None))

    def tag_keys(self) -> frozenset[str]:
        return frozenset().union(*(each.tag_keys() for each in self.of))


@dataclass(frozen=True, slots=True)
class Between(Filter):
    """A text that can be read in two ways, of which `wide` matches all that `narrow` matches."""

    narrow: Filter
    wide: Filter

    def verdict(self, ask: Ask) -> Verdict:
        if self.wide.verdict(ask) is False:
            return False
        return True if self.narrow.verdict(ask) is True else None

    def required(self, key: str) -> frozenset[str] | None:
        return self.wide.required(key)

    def tag_keys(self) -> frozenset[str]:
        return self.narrow.tag_keys() | self.wide.tag_keys()


def every(parts: Iterable[Filter]) -> Filter:
    """All of `parts`, simplified."""
    distinct = tuple(each for each in dict.fromkeys(parts) if each != ALWAYS)
    if NEVER in distinct:
        return NEVER
    return distinct[0] if len(distinct) == 1 else Every(distinct) if distinct else ALWAYS


def either(parts: Iterable[Filter]) -> Filter:
    """At least one of `parts`, simplified."""
    distinct = tuple(each for each in dict.fromkeys(parts) if each != NEVER)
    if ALWAYS in distinct:
        return ALWAYS
    return distinct[0] if len(distinct) == 1 else Either(distinct) if distinct else NEVER


def negated(part: Filter) -> Filter:
    """What `part` does not match, simplified."""
    if isinstance(part, Not):
        return part.of
    if isinstance(part, Constant):
        return part if part.value is None else Constant(not part.value)
    return Not(part)


def between(narrow: Filter, wide: Filter) -> Filter:
    """One of two readings, simplified."""
    return wide if narrow == wide else Between(narrow, wide)
