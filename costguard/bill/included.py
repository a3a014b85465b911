"""How what the bill shows to be included agrees with what other products grant."""

from decimal import Decimal
from typing import NamedTuple

from costguard.bill.dimensions import Unit
from costguard.bill.line import ZERO
from costguard.bill.prices import precise
from costguard.bill.usage import Usage
from costguard.model.money import Units
from costguard.wording import quantity

CLOSE = Decimal("0.01")
"""Parts of a grant, or of the use, that need no remark.

Parents are counted by a month's number, allotments by each hour's.
"""


class Included(NamedTuple):
    """A dimension's allotment, and what a reader should know of it."""

    allotment: Units
    notes: tuple[str, ...] = ()


@precise
def included(usage: Usage, granted: Units | None, *, by_hour: int | None, unit: Unit) -> Included:
    """The allotment that gives the bill's own on-demand units, and why it is not the one that is granted.

    Where units are on demand, all of the allotment is used, and the bill shows how much that is. Where none are, it
    may be larger than what is used of it: then it is what is granted. `by_hour`: the hours of the month, where what one
    of them leaves is lost to the next; None where the month shares it. An hour with on-demand use has used up all of
    its own part, so that all but that may be lost, and what is less than that was not granted. `unit` has the words for
    its units.
    """
    units, committed, on_demand = usage
    if units is None or committed is None or on_demand is None:
        return Included(ZERO)
    shown = max(ZERO, units - committed - on_demand)
    if granted is None:
        told = f"{quantity(shown, unit.one)} is" if shown == 1 else f"{quantity(shown, unit.many)} are"
        unknown = (
            f"{told} neither committed nor on demand, and nothing known includes them: read as "
            "included; contract.allotments can say what was agreed"
        )
        return Included(shown, (unknown,) if shown > units * CLOSE else ())
    if not on_demand and shown <= granted * (1 + CLOSE):
        return Included(max(shown, granted))
    if abs(shown - granted) <= granted * CLOSE:
        return Included(shown)
    lost = by_hour is not None and granted / by_hour <= shown < granted
    why = "more than that, so that there is nothing to do" if shown > granted else "less than that: ask Datadog why"
    if lost:
        why = "the rest was left over by some hours and so lost, or it is not granted"
    return Included(
        shown,
        (
            f"other products should include {quantity(granted, unit.many)}, the bill shows "
            f"{quantity(shown, unit.many)}: {why}; the bill counts; contract.allotments can say what was agreed",
        ),
    )
