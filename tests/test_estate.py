"""What an estate knows of its organisations, and that its indexes answer like asking every question one by one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from costguard.estate import Estate, Reference
from costguard.estate.calibration import PLAUSIBLE, Calibration
from costguard.model.resources import (
    KINDS,
    Dashboard,
    Downtime,
    LogSlice,
    Metric,
    Monitor,
    Notebook,
    Query,
    Resource,
    Slo,
    SyntheticsDowntime,
    SyntheticTest,
)
from costguard.queries import may_read, metric_names, metric_scopes, scope_filter
from costguard.queries.texts import Known, fold, glob

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def estate(*resources: Resource, billed: dict[tuple[str, str], Decimal] | None = None) -> Estate:
    by_kind: dict[type[Resource], list[Resource]] = {}
    for each in resources:
        by_kind.setdefault(type(each), []).append(each)
    return Estate(by_kind, now=NOW, seen={"acme": frozenset(KINDS)}, billed=billed)


def api_test(id: str = "abc-def-ghi", **fields: Any) -> SyntheticTest:
    base: dict[str, Any] = {"org": "acme", "type": "api", "status": "live", "tick_every": 300, "monitor_id": "7"}
    return SyntheticTest(id=id, **{**base, **fields})


def dashboard(*texts: str, source: str = "metrics", id: str = "d1") -> Dashboard:
    return Dashboard(
        org="acme", id=id, name="Overview", queries=tuple(Query(source=source, text=text) for text in texts)
    )


def logs(service: str = "web", status: str = "debug", index: str = "main") -> LogSlice:
    id_ = f"{index}/{service}/{status}"
    return LogSlice(org="acme", id=id_, index=index, service=service, status=status, events=Decimal(10))


def test_of_gives_one_organisations_part() -> None:
    seen = {"acme": frozenset({"metric"}), "globex": frozenset({"metric", "slo"})}
    metrics = [Metric(org=org, id="a.b") for org in ("acme", "globex")]
    whole = Estate({Metric: metrics}, now=NOW, seen=seen)
    part = whole.of("globex")
    assert (whole.org, part.org) == (None, "globex")
    assert (whole[Metric], part[Metric], part[Slo]) == (tuple(metrics), (metrics[1],), ())
    assert whole.of("globex") is part is part.of("globex")
    assert (whole.seen(Metric), whole.seen(Slo), part.seen(Slo), whole.of("acme").seen(Slo)) == (
        True,
        False,
        True,
        False,
    )
    assert not whole.of("nobody").seen(Metric)


def test_who_refers_to_what_is_a_question_to_one_organisation() -> None:
    whole = estate(api_test(), Metric(org="acme", id="a.b"), logs())
    with pytest.raises(ValueError, match=r"estate\.of\(name\)"):
        whole.metric_readers(Metric(org="acme", id="a.b"))
    with pytest.raises(ValueError, match=r"estate\.of\(name\)"):
        whole.listeners(api_test())


def test_an_organisation_is_not_heard_by_another() -> None:
    theirs = Dashboard(org="globex", id="d", queries=(Query(source="metrics", text="avg:a.b{*}"),))
    part = estate(Metric(org="acme", id="a.b"), theirs).of("acme")
    assert part.metric_readers(part[Metric][0]) == ()


def test_listeners_say_who_they_are_and_how() -> None:
    part = estate(
        api_test(blocks_ci=True),
        Monitor(org="acme", id="7", type="synthetics alert", query="no_query", notifications=("@slack-web",)),
        Monitor(org="acme", id="8", name="Both", type="composite", query="7 && 9"),
        Monitor(org="acme", id="9", type="query alert", query="avg(last_5m):avg:synthetics.x{*} > 1"),
        Slo(org="acme", id="s1", name="Uptime", type="monitor", monitor_ids=("7",)),
        Dashboard(org="acme", id="d1", name="Edge", queries=(Query(source="monitor", text="7"),)),
        Notebook(org="acme", id="n1", queries=(Query(source="rum", text="@test_id:abc-def-ghi"),)),
    ).of("acme")
    assert part.listeners(part[SyntheticTest][0]) == (
        Reference(kind="handle", id="@slack-web", name="@slack-web", how="is notified by its monitor"),
        Reference(kind="slo", id="s1", name="Uptime", how="is computed from its monitor"),
        Reference(kind="monitor", id="8", name="Both", how="combines its monitor with others"),
        Reference(kind="dashboard", id="d1", name="Edge", how="shows its monitor"),
        Reference(kind="notebook", id="n1", name="n1", how="names it"),
        Reference(kind="monitor", id="9", name="9", how="alerts on its metrics: avg(last_5m):avg:synthetics.x{*} > 1"),
        Reference(kind="ci", id="abc-def-ghi", name="CI", how="waits for it (execution rule: blocking)"),
    )


MONITOR = Monitor(org="acme", id="7", type="synthetics alert", tags=("a:1", "b:2"))


@pytest.mark.parametrize(
    ("fields", "silence"),
    [
        ({}, "is under a downtime without end"),
        ({"status": "canceled", "recurring": True}, ""),
        ({"ends": NOW + timedelta(days=20)}, "is under a downtime until 2026-12-10"),
        ({"starts": NOW - timedelta(days=13), "ends": NOW + timedelta(days=2)}, "is under a downtime until 2026-11-22"),
        ({"starts": NOW - timedelta(days=13), "ends": NOW + timedelta(days=1)}, ""),
        ({"ends": NOW + timedelta(days=14)}, ""),
        ({"ends": NOW - timedelta(seconds=1)}, ""),
        ({"starts": NOW + timedelta(seconds=1)}, ""),
        ({"status": "ended"}, ""),
        ({"status": "canceled"}, ""),
        ({"status": "scheduled"}, ""),
        ({"recurring": True}, ""),
        ({"scope": "env:staging"}, ""),
        ({"scope": ""}, "is under a downtime without end"),
        ({"monitor_id": "8"}, ""),
        ({"monitor_id": None, "monitor_tags": ("a:1", "b:2")}, "is under a downtime without end"),
        ({"monitor_id": None, "monitor_tags": ("*",)}, "is under a downtime without end"),
        ({"monitor_id": None, "monitor_tags": ("a:1", "c:3")}, ""),
        ({"monitor_id": None}, ""),
    ],
)
def test_a_downtime_silences_a_monitor_if_it_is_long_and_whole(fields: dict[str, Any], silence: str) -> None:
    base: dict[str, Any] = {"monitor_id": "7", "scope": "*", "status": "active"}
    part = estate(MONITOR, Downtime(org="acme", id="d", **{**base, **fields})).of("acme")
    assert part.silence(MONITOR) == ((silence, "") if silence else None)


BETWEEN = "a recurring downtime, now between two times, may be what mutes it"


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({}, None),
        ({"monitor_id": None, "monitor_tags": ("a:1", "b:2")}, None),
        ({"monitor_id": None, "monitor_tags": ("A:1",)}, None),
        ({"monitor_id": None, "monitor_tags": ("*",)}, None),
        ({"status": "scheduled"}, BETWEEN),
        ({"starts": NOW + timedelta(days=1)}, BETWEEN),
        ({"status": "ended"}, ""),
        ({"status": "canceled"}, ""),
        ({"ends": NOW - timedelta(seconds=1)}, ""),
        ({"monitor_id": "8"}, ""),
        ({"monitor_id": None, "monitor_tags": ("a:1", "c:3")}, ""),
        ({"scope": "host:a"}, ""),
    ],
)
def test_an_open_end_may_be_that_of_a_recurring_downtime(fields: dict[str, Any], doubt: str | None) -> None:
    base: dict[str, Any] = {"monitor_id": "7", "scope": "*", "status": "active", "recurring": True}
    open_end = MONITOR.model_copy(update={"muted": True})
    known_end = MONITOR.model_copy(update={"muted": True, "muted_until": NOW + timedelta(days=30)})
    part = estate(open_end, Downtime(org="acme", id="d", **{**base, **fields})).of("acme")
    assert part.silence(open_end) == (None if doubt is None else ("is muted without end", doubt))
    assert part.silence(known_end) == ("is muted until 2026-12-20", "")


def test_runs_are_scaled_to_the_billed_ones() -> None:
    tests = (
        api_test("a", locations=("x", "y")),
        api_test("b", status="paused"),
        api_test("c"),
        api_test("d"),
        api_test("e", type="browser", tick_every=900),
        api_test("f", type="mobile"),
    )
    stopped = (
        SyntheticsDowntime(org="acme", id="1", test_ids=("d",), active=True),
        SyntheticsDowntime(org="acme", id="2", test_ids=("c",), active=False),
    )
    billed = {("acme", "synthetics_api_tests"): Decimal(13_140), ("globex", "synthetics_browser_checks"): Decimal(1)}
    part = estate(*tests, *stopped, billed=billed).of("acme")
    assert [part.runs(test) for test in tests] == [8_760, 0, 4_380, 0, 2_920, 8_760]
    assert sum(part.runs(test) for test in tests if test.type == "api") == 13_140
    assert part.runs(tests[2], every=600) == 2_190
    assert part.runs(tests[1], every=600) == 0
    assert part.calibration("synthetics_api_tests") == Calibration(Decimal("0.5"))
    assert part.calibration("synthetics_browser_checks") is None
    assert part.calibration(None) is None
    assert [part.running(test) for test in tests] == [True, False, True, False, True, True]


@given(st.decimals(0, 1000, places=3))
@example(Decimal("0.8"))
@example(Decimal("1.25"))
def test_no_test_is_credited_with_much_more_than_it_explains_nor_all_with_more_than_was_billed(ratio: Decimal) -> None:
    tests = (api_test("a", locations=("x", "y")), api_test("b"))
    modelled = sum(test.modelled_units for test in tests)
    billed = modelled * ratio
    part = estate(*tests, billed={("acme", "synthetics_api_tests"): billed}).of("acme")
    calibration = part.calibration("synthetics_api_tests")
    assert calibration is not None
    runs = [part.runs(test) for test in tests]
    assert all(each <= test.modelled_units * PLAUSIBLE[1] for each, test in zip(runs, tests, strict=True))
    assert sum(runs) <= billed
    assert calibration.plausible is (Decimal("0.8") <= ratio <= Decimal("1.25"))
    if calibration.plausible:
        assert sum(runs) == billed


def test_readers_are_as_many_as_asked_for() -> None:
    boards = [dashboard("avg:a.b{*}", id=f"d{number}") for number in range(9)]
    searches = [dashboard("service:web", source="logs", id=f"l{number}") for number in range(9)]
    part = estate(*boards, *searches, Metric(org="acme", id="a.b"), logs()).of("acme")
    assert [each.id for each in part.metric_readers(part[Metric][0])] == ["d0", "d1", "d2"]
    assert [each.id for each in part.log_readers(part[LogSlice][0], limit=2)] == ["l0", "l1"]
    assert part.log_readers(part[LogSlice][0])[0].how == "may read it: service:web"


SERVICES = ("web", "Web", "web shop", "web_shop", "api", "N/A", "")
SEARCHES = st.lists(
    st.tuples(
        st.sampled_from(["", "-", "NOT "]),
        st.sampled_from(
            [
                *(
                    "service:web",
                    "service:WEB",
                    "service:w*",
                    'service:"web shop"',
                    "service:api",
                    "service:(api OR web)",
                ),
                *(
                    "status:debug",
                    "status:(error OR info)",
                    "index:main",
                    "index:m*",
                    "env:prod",
                    "word",
                    "*",
                    "$service",
                ),
                *("(service:api OR status:error)", "(", "service:[a TO b]", "service:(api web)", "service:*"),
            ]
        ),
    ),
    max_size=3,
).map(lambda terms: " ".join(sign + term for sign, term in terms))


@given(st.lists(st.tuples(SEARCHES, st.sampled_from([(), ("main",), ("other", "main"), ("*",)])), max_size=4))
@settings(max_examples=150, deadline=None)
def test_readers_of_logs_are_those_whose_search_may_read_them(asked: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    boards = [
        Dashboard(org="acme", id=str(number), queries=(Query(source="logs", text=text, indexes=indexes),))
        for number, (text, indexes) in enumerate(asked)
    ]
    part = estate(*boards).of("acme")
    for service in SERVICES:
        for status in ("debug", "error"):
            for index in ("main", "Other"):
                expected = {
                    str(number)
                    for number, (text, indexes) in enumerate(asked)
                    if may_read(text, service=service, status=status, index=index)
                    and (not indexes or "*" in indexes or index.lower() in indexes)
                }
                found = part.log_readers(logs(service, status, index), limit=99)
                assert {each.id for each in found} == expected, (service, status, index)


METRICS = ("a.b", "a.b.c", "shop.a", "b")
METRIC_QUERIES = st.sampled_from(
    [
        "avg:a.b{*}",
        "a.b.c{x:y}",
        "sum:a.*{*}",
        "sum:*.a{*}",
        "avg:a*{*}",
        "avg:b{*}/sum:shop.a{*}",
        "avg:$m{*}",
        "*",
        "(",
    ]
)


@given(st.lists(METRIC_QUERIES, max_size=4))
@settings(max_examples=100, deadline=None)
def test_readers_of_a_metric_are_those_whose_query_names_it(texts: Sequence[str]) -> None:
    part = estate(*(dashboard(text, id=str(number)) for number, text in enumerate(texts))).of("acme")
    for name in METRICS:
        expected = {
            str(number)
            for number, text in enumerate(texts)
            if (names := metric_names(text)) is None or any(glob(each, name) for each in names)
        }
        assert {each.id for each in part.metric_readers(Metric(org="acme", id=name), limit=99)} == expected, name


SCOPES = st.lists(
    st.sampled_from(
        [
            *("*", "team:a", "!team:a", "team:b", "team:A", "env:x", "region:y", "probe_dc:z", "$v", "team IN (a, b)"),
            *("check_id:abc-def-ghi", "check_id:zzz-zzz-zzz", "NOT env:x", "team:*", "(team:b OR env:x)"),
            *("Team:a", "!TEAM:b", "NOT Env:x", "ENV IN (x, y)", "Check_ID:abc-def-ghi", "!Check_ID:zzz-zzz-zzz"),
        ]
    ),
    min_size=1,
    max_size=3,
).map(" AND ".join)


@given(st.lists(SCOPES, max_size=3))
@settings(max_examples=100, deadline=None)
def test_a_test_is_shown_by_metrics_of_every_scope_that_does_not_exclude_it(scopes: Sequence[str]) -> None:
    tests = (api_test("qqq-qqq-qqq", tags=("team:a",)), api_test("rrr-rrr-rrr", tags=("TEAM:b", "env:x")))
    boards = [dashboard(f"avg:synthetics.x{{{scope}}}", id=str(number)) for number, scope in enumerate(scopes)]
    part = estate(*tests, *boards, Monitor(org="acme", id="7", type="synthetics alert", notifications=())).of("acme")
    for test in tests:
        carried = [*(tag.split(":") for tag in test.tags), ["check_id", test.id]]
        expected = set()
        for number, scope in enumerate(scopes):
            [read] = metric_scopes(f"avg:synthetics.x{{{scope}}}") or ()

            def known(match: Any, carried: list[list[str]] = carried) -> bool | None:
                if match.key.lower() not in ("team", "env", "check_id"):
                    return None
                same = [(key, match.fits(Known.of(value))) for key, value in carried if fold(key) == fold(match.key)]
                sure = any(verdict for key, verdict in same if key == match.key)
                return True if sure else None if any(verdict is not False for _, verdict in same) else False

            if scope_filter(read.scope).verdict(known) is not False:
                expected.add(str(number))
        assert {each.id for each in part.listeners(test)} == expected, test.tags


@pytest.mark.parametrize(
    ("text", "source", "shown"),
    [
        ("avg:größe{*}", "metrics", False),
        ("avg:größe{*} + avg:synthetics.x{team:other}", "metrics", True),
        ("avg:$metric{team:other}", "metrics", True),
        ("@type:(", "rum", False),
        ("@type:(", "unknown", True),
        ("avg:synthetics.x{*}", "unknown", True),
        ("avg:synth*{*}", "metrics", True),
        ("avg:system.*{*}", "metrics", False),
        ("avg:synthetics_total{*}", "metrics", False),
        ("avg:datadog.estimated_usage.synthetics.api_test_runs{*}", "metrics", False),
        ("prefix abc-def-ghi-suffix", "logs", True),
        ("abc-def-gh", "logs", False),
    ],
)
def test_what_shows_a_test(text: str, source: str, shown: bool) -> None:
    part = estate(api_test(), dashboard(text, source=source), Monitor(org="acme", id="7", type="synthetics alert")).of(
        "acme"
    )
    assert bool(part.listeners(part[SyntheticTest][0])) is shown
