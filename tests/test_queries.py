"""What Datadog's queries refer to; a query that cannot be understood may refer to anything."""

from itertools import product

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from costguard.queries import (
    UNSURE,
    LogQuery,
    Match,
    composite_ids,
    handles,
    log_filter,
    log_queries,
    may_read,
    metric_names,
    metric_scopes,
    scope_filter,
)
from costguard.queries.filters import Verdict
from costguard.queries.logs import gist, gist_filter
from costguard.queries.texts import Known, fold, glob


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("avg:system.cpu.user{env:prod,host:a} by {host}.rollup(sum, 60)", {"system.cpu.user"}),
        ("system.load.1{*}", {"system.load.1"}),
        ("sum:a.b{*}.as_count() / sum:c.d{*}.as_rate() * 100", {"a.b", "c.d"}),
        ("a.b{*}*c.d{*}", {"a.b", "c.d"}),
        ("2*a.b{*}", {"a.b"}),
        ("(avg:a.b{*} + avg:c_d{*}) / 1e-3", {"a.b", "c_d"}),
        ("avg(last_5m):avg:a.b{service:web} by {host} > 5.5", {"a.b"}),
        ("change(avg(last_1h),last_5m):avg:a.b{*} > 5", {"a.b"}),
        ("pct_change(avg(last_5m),last_1d):sum:a.b{*} < -20", {"a.b"}),
        ("avg(last_4h):anomalies(avg:a.b{*}, 'basic', 2, direction='both', interval=60) >= 1", {"a.b"}),
        ("anomalies(avg:a.b{*}, 'basic', 2) / sum:c.d{x:y}.as_count()", {"a.b", "c.d"}),
        ("p95:trace.web.request{env:prod}", {"trace.web.request"}),
        ("p99.9:trace.web.request{env:prod}", {"trace.web.request"}),
        ("count(v: v<=10):trace.web.request{*}.as_count()", {"trace.web.request"}),
        ("count_nonzero(avg:a.b{*} by {host})", {"a.b"}),
        ("exclude_null(avg:a.b{*} by {host})", {"a.b"}),
        ("count:a.b{*}.as_count()", {"a.b"}),
        ("sum:a.b{env:prod AND (service:a OR service:b) AND NOT host:c}", {"a.b"}),
        ("avg:a.b{$env,$service} by {pod_name}", {"a.b"}),
        ("avg:a.b{*}, hour_before(avg:c.d{*})", {"a.b", "c.d"}),
        ("top(avg:a.b{*} by {host}, 10, 'mean', 'desc')", {"a.b"}),
        ("moving_rollup(default_zero(sum:a.b{*}), 60, 'avg').fill(null)", {"a.b"}),
        ("avg:a.95percentile{*}", {"a.95percentile"}),
        ("avg:a.b", {"a.b"}),
        ("avg:a.b.rollup(sum, 60)", {"a.b"}),
        ("sum:shop.*{*}", {"shop.*"}),
        ("sum:*.cart.*{*}", {"*.cart.*"}),
        ("sum:a.b{*} > 1 && sum:c.d{*} < 1 || !sum:e.f{*}", {"a.b", "c.d", "e.f"}),
        ("avg:a.b{  env:prod  }\n/\tavg:c.d{*}", {"a.b", "c.d"}),
    ],
)
def test_metrics_that_a_query_reads(query: str, names: set[str]) -> None:
    found = metric_names(query)
    assert found is not None
    assert names <= found
    # Functions' keywords may count as names; nothing that has a dot or a wildcard may be added or lost.
    assert {name for name in found if "." in name or "*" in name} == {
        name for name in names if "." in name or "*" in name
    }


@pytest.mark.parametrize(
    "query",
    [
        "",
        "123 && !456",
        "no_query",
        '"http.can_connect".over("instance:a.b").by("host").last(4).count_by_status()',
        'logs("service:a.b status:error").index("*").rollup("count").last("5m") > 10',
        'rum("@a.b:c").rollup("count").last("5m") > 10',
        'trace-analytics("env:prod a.b").rollup("count").last("5m") > 1',
        'events("a.b \\"quoted\\"").rollup("count").last("1d") > 0',
        'processes("a.b").over("env:prod").rollup("count").last("5m") < 1',
        'error_budget("a.b").over("7d") > 10',
        'formula("query1 / query2").last("5m") > 1',
    ],
)
def test_queries_of_other_kinds_read_no_metric(query: str) -> None:
    names = metric_names(query)
    assert names is not None
    assert not [name for name in names if "." in name]


@pytest.mark.parametrize(
    "query",
    [
        "avg:$metric{*}",
        "avg:a.b{*",
        "avg:a.b{{x}}",
        'avg:a.b{*} > "5',
        "avg:größe{*}",
        '{"powerpack_id": "1"}',
        "{",
        "{*}",
        "avg:a.b{*}{*}",
        "a;b",
        "@a",
    ],
)
def test_a_query_that_is_no_metric_query_may_read_anything(query: str) -> None:
    assert metric_names(query) is None


def test_keys_of_tags_are_compared_in_one_spelling() -> None:
    scope = scope_filter("Env:prod AND Team-Name:A")
    assert scope.tag_keys() == {"env", "team-name"}
    assert scope.required("env") == frozenset({"prod"})
    assert scope.required("Env") is None
    assert scope == scope_filter("Env:prod,Team-Name:A")
    assert scope != scope_filter("env:prod,team-name:A")


def test_scopes_of_metrics() -> None:
    reads = metric_scopes("avg:a.b{env:prod, host:a} by {host} / sum:c.d{*} + e.f{}")
    assert reads is not None
    assert [tuple(read) for read in reads] == [("a.b", "env:prod, host:a"), ("c.d", "*"), ("e.f", "")]


@pytest.mark.parametrize(
    ("scope", "verdict"),
    [
        ("*", True),
        ("", True),
        ("team:web", True),
        ("team:shop", False),
        ("team:web,env:prod", True),
        ("team:web,env:dev", False),
        ("!team:web", False),
        ("!team:shop", True),
        ("team:web AND NOT env:dev", True),
        ("team:shop OR env:prod", True),
        ("team:web AND (env:dev OR env:test)", False),
        ("NOT (team:shop OR env:dev)", True),
        ("team IN (shop, web)", True),
        ("team NOT IN (shop, web)", False),
        ("team:w*", True),
        ("team:s*", False),
        ("$env", None),
        ("team:$team.value", None),
        ("team:Web", None),
        ("region:eu", None),
        ("region:eu,team:shop", False),
        ("web", None),
        ("team:web and env:dev", None),
        ("team:web OR", None),
        ("(team:shop", None),
        ("team:shop)", None),
        ("team:web NOT env:prod", None),
        ("team IN ()", None),
        ("team:shop env:dev", None),
        ("!" * 100 + "team:shop", None),
        ("(" * 100 + "team:shop" + ")" * 100, None),
    ],
)
def test_scope_of_a_metric(scope: str, verdict: Verdict) -> None:
    tags = {"team": "web", "env": "prod"}
    assert (
        scope_filter(scope).verdict(lambda match: match.fits(Known.of(tags[match.key])) if match.key in tags else None)
        is verdict
    )


READS = [
    "*",
    "",
    "  ",
    "service:web",
    "service:web status:debug",
    'service:"web" AND status:"debug"',
    "+service:web",
    "status:DEBUG",
    "status:(debug OR trace)",
    "status:trace",
    "status:7",
    "status:d*",
    "-status:error",
    "NOT status:error",
    "NOT service:api",
    "-(service:api OR status:error)",
    "service:(api OR web)",
    "service:(api web)",
    "service:w*",
    "service:?eb",
    'service:"w*"',
    "service:WEB",
    "service:[a TO z]",
    "service:>a",
    "@http.status_code:500",
    "@http.status_code:[500 TO 599]",
    "@duration:>10",
    "env:prod",
    "index:main",
    "timeout",
    '"timed out"',
    "*:timeout",
    "$service",
    "-$service",
    "service:$service",
    "service:$service.value",
    "CIDR(@network.client.ip, 13.0.0.0/8)",
    "-CIDR(service:api)",
    "@http.url_details.path:/api/*",
    "@http.url:http://example.com/a service:web",
    "service:api OR service:web",
    "service:api status:error OR status:debug",
    "service:api OR status:debug @a:b",
    # What cannot be understood.
    "service:(api OR",
    "service:api || service:web",
    "service:api or service:web",
    "service:api && !service:web",
    "not service:web",
    "service: api",
    "- service:web",
    "service:api~ x",
    "service:api^2",
    "service:“api x”",
    'a"b service:api',
    "service:",
    "{{service}}",
    '{"powerpack_id": "1"}',
    "(" * 100 + "service:api" + ")" * 100,
    "service:api " * 10_000,
    "-" * 30_000 + "service:web",
]

EXCLUDES = [
    "service:api",
    'service:"web shop"',
    "service:api status:debug",
    "service:web status:error",
    "status:(error OR warn)",
    "status:e*",
    "-status:debug",
    "NOT status:debug",
    "-service:web",
    "-service:w*",
    "-service:*",
    "-*",
    "-(service:web)",
    "-service:(api OR web)",
    "service:(api AND web)",
    "service:(-web)",
    "service:web AND NOT service:web",
    "service:web -status:(debug OR info)",
    "(service:api OR service:shop) env:prod",
    "@http.status_code:500 service:api",
    "service:api @http.url_details.path:/api/v1/*",
    "service:api timeout",
    'service:api "or else && more"',
    "index:other",
    "service:api OR service:shop",
    "service:api OR status:error @a:b",
    r"service:api\ gateway",
    "service:api $env",
]


@pytest.mark.parametrize(
    ("query", "reads"), [(query, True) for query in READS] + [(query, False) for query in EXCLUDES]
)
def test_whether_a_search_may_read_a_slice(query: str, reads: bool) -> None:
    assert may_read(query, service="web", status="debug", index="main") is reads


@pytest.mark.parametrize(
    ("query", "service", "reads"),
    [
        ('service:"Web Shop"', "web_shop", True),
        (r"service:Web\ Shop", "web_shop", True),
        ("service:Web?Sh*", "web_shop", True),
        (r"service:we\*b", "we*b", True),
        (r"service:we\*b", "webb", False),
        (r'service:"we\"b"', 'we"b', True),
        ('-service:"Web Shop"', "web_shop", True),
        ("service:web", "", True),
        ("-service:*", "N/A", True),
        ("service:web status:error", "N/A", False),
    ],
)
def test_services_are_compared_as_tags_may_spell_them(query: str, service: str, reads: bool) -> None:
    assert may_read(query, service=service, status="debug", index="main") is reads


TERMS = {
    **{
        f"{key}:{value}": (key, value)
        for key, values in {"service": ("a", "b"), "status": ("info", "error")}.items()
        for value in values
    },
    "@x:1": ("x", "1"),
    "word": ("word", "yes"),
}
"""Searches of one term, and what a log must have to match."""

Tree = str | tuple[str, tuple["Tree", ...]]

trees: st.SearchStrategy[Tree] = st.recursive(
    st.sampled_from(sorted(TERMS)),
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), st.tuples(inner)),
        st.tuples(st.sampled_from(["AND", "OR", " "]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def written(tree: Tree, negation: str) -> str:
    if isinstance(tree, str):
        return tree
    operator, parts = tree
    texts = [written(part, negation) for part in parts]
    if operator == "NOT":
        return f"{negation}({texts[0]})"
    return "(" + (f" {operator} " if operator.strip() else " ").join(texts) + ")"


def matches(tree: Tree, log: dict[str, str]) -> bool:
    if isinstance(tree, str):
        key, value = TERMS[tree]
        return log[key] == value
    operator, parts = tree
    if operator == "NOT":
        return not matches(parts[0], log)
    return (any if operator == "OR" else all)(matches(part, log) for part in parts)


@given(trees, st.sampled_from(["-", "NOT "]))
@settings(max_examples=200, deadline=None)
def test_a_search_that_matches_any_log_of_a_slice_may_read_it(tree: Tree, negation: str) -> None:
    """Against a direct reading of the search, over all logs that a slice may hold."""
    query = written(tree, negation)
    for service, status in product("ab", ("info", "error")):
        logs = [
            {"service": service, "status": status, "x": x, "word": word}
            for x, word in product(("1", "2"), ("yes", "no"))
        ]
        if any(matches(tree, log) for log in logs):
            assert may_read(query, service=service, status=status, index="main"), query


@given(
    st.lists(st.tuples(st.sampled_from(sorted(TERMS)), st.booleans()), min_size=2, max_size=5),
    st.lists(st.sampled_from([" AND ", " OR ", " "]), min_size=4, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_a_search_without_parentheses_may_read_what_either_reading_matches(
    terms: list[tuple[str, bool]], operators: list[str]
) -> None:
    """Whether AND or OR binds tighter; an AND may be left out."""
    texts = [f"{'-' if negative else ''}{term}" for term, negative in terms]
    used = operators[: len(terms) - 1]
    query = texts[0] + "".join(operator + text for operator, text in zip(used, texts[1:], strict=True))
    for service, status, x, word in product("ab", ("info", "error"), ("1", "2"), ("yes", "no")):
        log = {"service": service, "status": status, "x": x, "word": word}
        values = [matches(term, log) is not negative for term, negative in terms]
        if and_first(values, used) or or_first(values, used):
            assert may_read(query, service=service, status=status, index="main"), query


def and_first(values: list[bool], operators: list[str]) -> bool:
    return any(map(all, grouped(values, [operator == " OR " for operator in operators])))


def or_first(values: list[bool], operators: list[str]) -> bool:
    return all(map(any, grouped(values, [operator != " OR " for operator in operators])))


def grouped(values: list[bool], parted: list[bool]) -> list[list[bool]]:
    groups = [[values[0]]]
    for value, apart in zip(values[1:], parted, strict=True):
        if apart:
            groups.append([value])
        else:
            groups[-1].append(value)
    return groups


@given(
    st.lists(
        st.tuples(st.sampled_from(["service:a", "service:b", "status:info"]), st.booleans()), min_size=1, max_size=5
    )
)
@settings(max_examples=100, deadline=None)
def test_a_search_of_known_terms_reads_exactly_what_matches(terms: list[tuple[str, bool]]) -> None:
    query = " ".join(f"{'-' if negative else ''}{term}" for term, negative in terms)
    for service, status in product("ab", ("info", "error")):
        log = {"service": service, "status": status}
        exact = all((log[TERMS[term][0]] == TERMS[term][1]) is not negative for term, negative in terms)
        assert may_read(query, service=service, status=status, index="main") is exact


PIECES = ["service", "a", ":", '"', "'", "(", ")", " ", " OR ", " AND ", "NOT ", "-", "+", "[", " TO ", "]", "{", "}"]
PIECES += [
    "*",
    "?",
    "\\",
    "/",
    "<",
    ">=",
    "~",
    "^",
    "1.2.3",
    "$x",
    ",",
    ".",
    "!",
    "&&",
    "|",
    "logs(",
    "avg:",
    " by ",
    "\n",
    "é",
]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
@example("a" * 50_000)
@example("*" * 50_000)
@example(" " * 50_000 + "$")
@example('"' * 9_999)
@example("\\" * 9_999)
@example("/" * 9_999)
@example("a OR b " * 1_000)
@example("(a " * 4_000)
@example("-a:b " * 3_000)
@example("a~1.2.3 b^x")
@settings(max_examples=600, deadline=None)
def test_no_text_is_too_much(text: str) -> None:
    log_filter(text).verdict(lambda match: match.fits(Known.of("web")))
    scope_filter(text).verdict(lambda match: match.fits(Known.of("web")))
    metric_names(text)
    log_queries(text)
    handles(text)
    composite_ids(text)


@given(
    st.lists(
        st.sampled_from([*PIECES, "@a.b:", "x", "1", " ", ' "p q" ', "@x:[1 TO 5] ", " service:a "]), max_size=12
    ).map("".join)
)
@settings(max_examples=1000, deadline=None)
def test_the_gist_of_a_search_is_the_same_filter(query: str) -> None:
    assume("~" not in query and "^" not in query)
    assert gist_filter(gist(query)) == gist_filter(query)


def test_the_gist_keeps_what_is_said_of_service_status_and_index() -> None:
    query = '-@usr.id:77 service:"a b" ("timed out" OR @x:[* TO -5]) status:error @path:"/a b"'
    assert gist(query) == '-@a:1 service:"a b" ("a" OR @a:1) status:error @a:1'


@given(st.text(alphabet="ab*?\\_", max_size=12), st.text(alphabet="ab*?\\_", max_size=12))
@settings(max_examples=300, deadline=None)
def test_a_pattern_matches_like_its_definition(pattern: str, text: str) -> None:
    def define(at: int, start: int) -> bool:
        if at == len(pattern):
            return start == len(text)
        if pattern[at] == "*":
            return any(define(at + 1, end) for end in range(start, len(text) + 1))
        escaped = pattern[at] == "\\" and at + 1 < len(pattern)
        letter = pattern[at + 1] if escaped else pattern[at]
        if start == len(text) or not (letter == text[start] or (pattern[at] == "?")):
            return False
        return define(at + 1 + escaped, start + 1)

    assert glob(pattern, text) is define(0, 0)


@given(st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_text_that_was_normalised_may_still_be_the_same(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert Match("service", text).fits(Known.of(fold(text))) is not False


def test_a_search_of_one_kind_is_one_filter_however_it_is_spelled() -> None:
    assert log_filter("service:web  @a:b foo") == log_filter("service:web timeout env:x") != log_filter("service:web")
    assert log_filter("((") is UNSURE


@pytest.mark.parametrize(
    ("query", "searches"),
    [
        ('logs("service:web").index("main").rollup("count").last("5m") > 10', [("service:web", ("main",))]),
        (
            'logs("service:web status:error").index("main, other").rollup("count").by("host").last("5m") > 10',
            [("service:web status:error", ("main", "other"))],
        ),
        ('logs("*").index("*").rollup("avg", "@duration").by("service,env").last("5m") > 10', [("*", ())]),
        ('logs("*").index("main","other").last("5m") > 10', [("*", ("main", "other"))]),
        ('logs("a").rollup("count").last("5m") > 10', [("a", ())]),
        ('logs("service:\\"a b\\" \\"x (y\\"").index("main").last("5m") > 1', [('service:"a b" "x (y"', ("main",))]),
        ('logs("path:a\\\\b").last("5m") > 1', [("path:a\\b", ())]),
        ('logs( "a" ) .index( "i" ).last("5m") > 1', [("a", ("i",))]),
        ('logs("a").last("5m") / logs("logs(b)").index("i").last("5m")', [("a", ()), ("logs(b)", ("i",))]),
        ('error-tracking-logs("service:a").rollup("count").last("5m") > 1', [("service:a", ())]),
        ("avg(last_5m):avg:logs{*} > 1", []),
        ('rum("logs(x)").last("5m") > 1', []),
        ("", []),
    ],
)
def test_searches_of_a_log_monitor(query: str, searches: list[tuple[str, tuple[str, ...]]]) -> None:
    assert log_queries(query) == tuple(LogQuery(*each) for each in searches)


@pytest.mark.parametrize(
    "query",
    [
        'formula("query1 / query2").last("5m") > 1',
        "logs(service:web).last(5m) > 1",
        'logs("service:web").index(main).last("5m") > 1',
        'logs("service:web" + x).last("5m") > 1',
        'logs("service:web',
        "logs(",
    ],
)
def test_a_log_monitor_that_cannot_be_understood(query: str) -> None:
    assert log_queries(query) is None


def test_monitors_of_a_composite() -> None:
    assert composite_ids("123 && !(456 || 789)") == {"123", "456", "789"}
    assert composite_ids("") == frozenset()


@pytest.mark.parametrize(
    ("message", "notified"),
    [
        ("Down! @slack-web @pagerduty-Edge.", ["@slack-web", "@pagerduty-Edge"]),
        (
            "{{#is_alert}}@slack-web{{/is_alert}} {{^is_alert}}@jane.doe@example.com{{/is_alert}}",
            ["@slack-web", "@jane.doe@example.com"],
        ),
        ("@slack-{{team.name}} and (@webhook-a_b), @all", ["@slack-{{team.name}}", "@webhook-a_b", "@all"]),
        ("@slack-web @slack-web", ["@slack-web"]),
        ("Ask jane@example.com; see /@here, a@b and @ home", []),
        ("", []),
    ],
)
def test_handles_of_a_message(message: str, notified: list[str]) -> None:
    assert list(handles(message)) == notified
