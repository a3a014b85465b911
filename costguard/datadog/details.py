"""How one more call for each of many items is made: several at a time, and not for ever when all of them fail."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from costguard.datadog.client import Unreadable
from costguard.datadog.collectors import FanOut
from costguard.model.findings import Gap

T = TypeVar("T")

GIVE_UP_AFTER = 20
"""Failures in a row after which the remaining items are not asked for: the cause is not theirs."""

_NAMED = 5
"""How many items a gap names."""


@dataclass(frozen=True)
class Detail(Generic[T]):
    """An item and the body of its own answer."""

    item: T
    body: Any


def fetch_each(
    items: Sequence[T], fetch: Callable[[T], Any], fan_out: FanOut, *, name: Callable[[T], str], what: str, plural: str
) -> Iterator[Detail[T] | Gap]:
    """The answer to `fetch` for each item, in order; then a Gap for each reason why some of them have none.

    `fetch` raises Unreadable. `name` is what a gap calls an item; `what` becomes the gaps' `what`.
    """
    failures: defaultdict[Gap, list[T]] = defaultdict(list)
    in_a_row = 0

    def attempt(item: T) -> Any | Gap:
        if in_a_row >= GIVE_UP_AFTER:
            return None
        try:
            return Detail(item, fetch(item))
        except Unreadable as error:
            return error.gap.model_copy(update={"what": what})

    for item, outcome in zip(items, fan_out(attempt, items), strict=True):
        if isinstance(outcome, Detail):
            in_a_row = 0
            yield outcome
        elif isinstance(outcome, Gap):
            in_a_row += 1
            last = outcome
            failures[last].append(item)
        else:
            failures[last].append(item)
    for gap, failed in failures.items():
        named = ", ".join(name(item) for item in failed[:_NAMED]) + (", …" if len(failed) > _NAMED else "")
        count = f"{len(failed)} of {len(items)} {plural}"
        yield gap.model_copy(update={"hint": f"{gap.hint} ({count}: {named})"})
