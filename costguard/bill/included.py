"""How what the bill shows to be included agrees with what other products grant."""

from decimal import Decimal
from typing import NamedTuple

from costguard.bill.line import ZERO
from costguard.bill.prices import precise
from costguard.bill.usage import Usage
from costguard.bill.working import count
from costguard.model.money import Units

CLOSE = Decimal("0.01")
"""Parts of a grant that need no remark: parents are counted by a month's number, allotments by each hour's."""


class Included(NamedTuple):
    """A dimension's allotment, and what a reader should know of it."""

    allotment: Units
    notes: tuple[str, ...] = ()


@precise
def included(usage: Usage, granted: Units | None, *, by_hour: bool) -> Included:
    """The allotment that gives the bill's own on-demand units, and why it is not the one that is granted.

    Where units are on demand, all of the allotment is used, and the bill shows how much that is. Where none are, it
    may be larger than what is used of it: then it is what is granted. `by_hour`: what an hour leaves is lost.
    """
    units, committed, on_demand = usage
    if units is None or committed is None or on_demand is None:
        return Included(ZERO)
    shown = max(ZERO, units - committed - on_demand)
    if granted is None:
        return Included(shown)
    if not on_demand and shown <= granted * (1 + CLOSE):
        return Included(max(shown, granted))
    if by_hour and shown < granted:
        lost = f"{count(granted)} are included, {count(shown)} of them were used: an hour's rest is lost to the next"
        return Included(shown, (lost,) if shown < granted * (1 - CLOSE) else ())
    if abs(shown - granted) <= granted * CLOSE:
        return Included(shown)
    return Included(
        shown,
        (
            f"{count(granted)} should be included with other products, the bill shows {count(shown)}: the bill counts; "
            "contract.allotments can say what was agreed",
        ),
    )
