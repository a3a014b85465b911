"""Which dashboards, notebooks, objectives and alerts show which synthetic test."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from costguard.estate.asked import UNKNOWN, Asked, Questions, Reference
from costguard.model.resources import Monitor, SyntheticTest
from costguard.queries import Filter, Known, Match, MetricRead, Verdict, scope_filter
from costguard.queries.texts import fold

PREFIX = "synthetics."
"""What the names of the tests' own metrics begin with (docs: synthetics/metrics)."""

AUTOMATIC = frozenset(
    {
        *("browser", "browsertype", "check_status", "check_type", "city", "country", "device", "device_id", "domain"),
        *(
            "error",
            "host",
            "location",
            "monitor_id",
            "network",
            "probe_dc",
            "public_id",
            "region",
            "resource",
            "run_type",
        ),
        *("server", "site", "ssl", "status", "step_id", "step_name", "subtype", "team_id", "test_id", "type", "url"),
    }
)
"""Tags that Datadog may put on those metrics itself, whatever the test carries."""

_ID = "[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}"
_ID_TAG = "check_id"
_BRACES = re.compile(r"\{[^{}]*\}")
_IDS = re.compile(f"(?=({_ID}))")

Place = tuple[str, str]
"""A tag's key and value, both folded."""

Tags = Mapping[str, Sequence[tuple[str, Known]]]
"""The tags of one folded key: the key as it is written, and the value."""


class Displays:
    """The questions that show a test: by its id, its monitor's id, or metrics of a scope that it is in."""

    def __init__(self, questions: Questions, tests: Sequence[SyntheticTest]) -> None:
        # A test's own monitor does not count, nor do its siblings.
        outside = [each for each in questions.all if each.source != "synthetics alert"]
        self._questions = questions
        carried = Counter(place for test in tests for place in dict.fromkeys(_places(_tags(test))))
        self._tag_keys = {key for key, _ in carried} - AUTOMATIC
        self._by_monitor: defaultdict[str, list[Asked]] = defaultdict(list)
        self._by_id: defaultdict[str, list[Asked]] = defaultdict(list)
        self._by_text: defaultdict[str, list[Asked]] = defaultdict(list)
        for each in outside:
            if each.source == "monitor":
                self._by_monitor[each.text].append(each)
            elif each.source == "synthetics_test":
                self._by_id[each.text].append(each)
            else:
                self._by_text[each.text].append(each)
        self._anything: list[Asked] = []
        self._scopes: defaultdict[Filter, list[Asked]] = defaultdict(list)
        for text, askers in self._by_text.items():
            for id_ in set(_IDS.findall(text)):
                self._by_id[id_] += askers
            self._read(text, askers)
        self._places: defaultdict[Place, list[Filter]] = defaultdict(list)
        self._anywhere: list[Filter] = []
        for scope in self._scopes:
            self._place(scope, carried)

    def of(self, test: SyntheticTest, monitor_id: str) -> Iterator[Reference]:
        """Whoever shows the test, the surest first."""
        for each in self._by_monitor.get(monitor_id, ()):
            yield each.reference("shows its monitor")
        for each in self._naming(test.id):
            yield each.reference("names it")
        for each in self._measuring(test):
            yield each.reference(
                f"{'alerts on' if isinstance(each.who, Monitor) else 'shows'} its metrics: {each.text}"
            )
        for each in self._anything:
            yield each.reference("asks something that could not be understood")

    def _read(self, text: str, askers: list[Asked]) -> None:
        reads = self._questions.reads(text)
        if reads is None:
            # What is known to be a metric query names its metrics, unless by a variable or a wildcard.
            bare = _BRACES.sub("", text)
            named = "synthetics" not in bare and "$" not in bare and "*" not in bare
            self._anything += [
                each for each in askers if each.source == UNKNOWN or (each.source == "metrics" and not named)
            ]
        for read in reads or ():
            if _of_tests(read):
                self._scopes[scope_filter(read.scope)] += askers

    def _place(self, scope: Filter, carried: Mapping[Place, int]) -> None:
        """Files a scope under tags of which a test must carry one: those that the fewest tests carry."""
        choices: list[list[Place]] = []
        for key in sorted(scope.tag_keys() & {_ID_TAG, *self._tag_keys}):
            values = scope.required(key)
            if values is not None:
                choices.append([(key, value) for value in values])
        if not choices:
            self._anywhere.append(scope)
            return
        for place in min(choices, key=lambda places: sum(carried[place] for place in places)):
            self._places[place].append(scope)

    def _naming(self, id_: str) -> Iterable[Asked]:
        if re.fullmatch(_ID, id_):
            return self._by_id.get(id_, ())
        elsewhere = (each for text, askers in self._by_text.items() if id_ and id_ in text for each in askers)
        return (*self._by_id.get(id_, ()), *elsewhere)

    def _measuring(self, test: SyntheticTest) -> Iterator[Asked]:
        tags = _tags(test)

        def carried(match: Match) -> Verdict:
            # Datadog itself, not the owners, may add a tag of another key.
            if match.folded_key != _ID_TAG and match.folded_key not in self._tag_keys:
                return None
            verdicts = [
                # As with values: another spelling of the key may have been normalised into it.
                None if (verdict := match.fits(value)) and key != match.key else verdict
                for key, value in tags.get(match.folded_key, ())
            ]
            return True if True in verdicts else None if None in verdicts else False

        scopes = dict.fromkeys(scope for place in _places(tags) for scope in self._places.get(place, ()))
        for scope in (*scopes, *self._anywhere):
            if scope.verdict(carried) is not False:
                yield from self._scopes[scope]


def _of_tests(read: MetricRead) -> bool:
    """Whether the metric, or one that its pattern stands for, is a synthetic test's."""
    start, star, _ = read.name.partition("*")
    return start.startswith(PREFIX) or (bool(star) and PREFIX.startswith(start))


def _tags(test: SyntheticTest) -> Tags:
    """The tags that the test's metrics carry: its own, and its id."""
    tags: defaultdict[str, list[tuple[str, Known]]] = defaultdict(list)
    tags[_ID_TAG].append((_ID_TAG, Known.of(test.id)))
    for tag in test.tags:
        key, colon, value = tag.partition(":")
        if colon:
            tags[fold(key)].append((key, Known.of(value)))
    return tags


def _places(tags: Tags) -> Iterator[Place]:
    return ((key, value.folded) for key, values in tags.items() for _, value in values)
