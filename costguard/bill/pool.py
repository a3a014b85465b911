"""What the products on a bill include of one another, pooled over the account, and what is left of it with less use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from costguard.bill.allotments import Grant, granted
from costguard.bill.effect import Granted
from costguard.bill.line import ZERO, Line
from costguard.model.money import Dimension, Frees, Units


class Pool:
    """The grants of the products on one bill; every quantity in single units a month."""

    def __init__(self, lines: Mapping[Dimension, Line], grants: Iterable[Grant]) -> None:
        """What `grants` come to with the use and the commitments of these lines."""
        self._lines = lines
        self._given: defaultdict[Dimension, list[Grant]] = defaultdict(list)
        for grant in grants:
            if grant.parent in lines:
                self._given[grant.parent].append(grant)
        every = granted((grant for given in self._given.values() for grant in given), counted(lines))
        self._unused = {child: units for child, units in every.items() if child not in lines}

    def included(self, dimension: Dimension, freed: Units) -> Units | None:
        """What is included of a dimension; of one that the bill does not have, only where it is to be used (freed < 0).

        None where nothing is known to include it.
        """
        if line := self._lines.get(dimension):
            return line.granted
        return self._unused.get(dimension) if freed < 0 else None

    def left(self, frees: Frees) -> Mapping[Dimension, Granted]:
        """What is included of other dimensions once `frees` is no longer used, for those that this changes."""
        parents = self._given.keys() & frees.keys()
        if not parents:
            return {}
        gone: defaultdict[Dimension, tuple[Units, Units]] = defaultdict(lambda: (ZERO, ZERO))
        for parent in sorted(parents):
            if units := self._lines[parent].counted(frees[parent]):
                before, now, renewed = units
                for grant in self._given[parent]:
                    first, last = gone[grant.child]
                    gone[grant.child] = first + grant.units * (before - now), last + grant.units * (before - renewed)
        left = {}
        for child, (first, last) in gone.items():
            included = self.included(child, frees.get(child, ZERO))
            if included and (first or last):
                left[child] = Granted(max(ZERO, included - first), max(ZERO, included - last))
        return left


def counted(lines: Mapping[Dimension, Line]) -> dict[Dimension, Units]:
    """What each product's own grants are counted by: the larger of commitment and usage; absent where not known."""
    return {parent: units[0] for parent, line in lines.items() if (units := line.counted(ZERO))}
