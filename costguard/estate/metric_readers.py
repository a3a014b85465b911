"""Which questions may read which metric."""

from collections import defaultdict

from costguard.estate.asked import UNKNOWN, Asked, Questions, Reference
from costguard.model.resources import Metric
from costguard.queries.texts import glob


class MetricReaders:
    """Exact names by name, patterns by what they begin with; what was not understood may read any metric."""

    def __init__(self, questions: Questions) -> None:
        self._exact: defaultdict[str, list[Asked]] = defaultdict(list)
        self._patterns: defaultdict[str, defaultdict[str, list[Asked]]] = defaultdict(lambda: defaultdict(list))
        self._anything: list[Asked] = []
        for each in questions.all:
            # A search of logs names no metric.
            if each.source == "logs":
                continue
            reads = questions.reads(each.text)
            if reads is None and each.source in ("metrics", UNKNOWN):
                self._anything.append(each)
            for name in {read.name for read in reads or ()}:
                start, star, _ = name.partition("*")
                (self._patterns[start] if star else self._exact)[name].append(each)
        self._lengths = sorted({len(start) for start in self._patterns}, reverse=True)

    def of(self, metric: Metric, limit: int) -> tuple[Reference, ...]:
        """At most `limit` of those who may read the metric."""
        readers = self._exact.get(metric.id, [])[:limit]
        for length in self._lengths:
            for pattern, askers in self._patterns.get(metric.id[:length], {}).items():
                if len(readers) < limit and glob(pattern, metric.id):
                    readers += askers
        found = [each.reference(f"may read it: {each.text}") for each in readers[:limit]]
        unclear = [each.reference("asks something that could not be understood") for each in self._anything[:limit]]
        return (*found, *unclear)[:limit]
