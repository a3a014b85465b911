"""Which questions may read which slice of indexed logs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from costguard.estate.asked import UNKNOWN, Asked, Reference
from costguard.model.resources import LogSlice
from costguard.queries import ALWAYS, Filter, Match, either, every
from costguard.queries.logs import NO_SERVICE, about, gist, gist_filter
from costguard.queries.texts import fold


class LogReaders:
    """Each distinct filter is judged once: by service where it requires one, else first by index and status alone."""

    def __init__(self, questions: Iterable[Asked]) -> None:
        texts: dict[str, Filter] = {}
        self._askers: defaultdict[Filter, list[Asked]] = defaultdict(list)
        for each in questions:
            if each.source not in ("logs", UNKNOWN):
                continue
            text = gist(each.text)
            if text not in texts:
                texts[text] = gist_filter(text)
            self._askers[every((_indexes(each.indexes), texts[text]))].append(each)
        self._of_service: defaultdict[str, list[Filter]] = defaultdict(list)
        self._of_any: list[Filter] = []
        self._at: dict[tuple[str, str], list[Filter]] = {}
        for condition in self._askers:
            services = condition.required("service")
            if services is None:
                self._of_any.append(condition)
            for service in services or ():
                self._of_service[service].append(condition)

    def of(self, logs: LogSlice, limit: int) -> tuple[Reference, ...]:
        """At most `limit` of those who may read the slice."""
        found = []
        for condition in self._reading(logs):
            for each in self._askers[condition]:
                found.append(each.reference(f"may read it: {each.text or '*'}"))
                if len(found) == limit:
                    return tuple(found)
        return tuple(found)

    def _reading(self, logs: LogSlice) -> Iterator[Filter]:
        """The filters that do not certainly exclude the slice."""
        place = (logs.index, logs.status)
        if place not in self._at:
            anywhere = about(None, logs.status, logs.index)
            self._at[place] = [each for each in self._of_any if each.verdict(anywhere) is not False]
        if logs.service in NO_SERVICE:
            named = list(dict.fromkeys(each for filters in self._of_service.values() for each in filters))
        else:
            named = self._of_service.get(fold(logs.service), [])
        known = about(logs.service, logs.status, logs.index)
        for condition in (*self._at[place], *named):
            if condition.verdict(known) is not False:
                yield condition


def _indexes(names: tuple[str, ...]) -> Filter:
    return either(Match("index", name) for name in names) if names and "*" not in names else ALWAYS
