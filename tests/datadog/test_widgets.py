"""What dashboards, notebooks and objectives ask: a table of blocks, and Datadog's own recorded dashboards."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.datadog.widgets import queries, template_variables

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract"

A_METRIC = "avg:system.cpu.user{*} by {host}"

Asked = tuple[str, str, tuple[str, ...]]


def asked(*parts: object) -> list[Asked]:
    """Source, text and indexes of each query."""
    return [(each.source, each.text, each.indexes) for each in queries(*parts)]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        pytest.param({"requests": [{"q": A_METRIC}]}, [("metrics", A_METRIC, ())], id="the old request"),
        pytest.param(
            {"type": "hostmap", "requests": {"fill": {"q": "a"}, "size": {"q": "b"}}},
            [("metrics", "a", ()), ("metrics", "b", ())],
            id="hostmap",
        ),
        pytest.param(
            {"requests": [{"queries": [{"data_source": "metrics", "name": "query1", "query": A_METRIC}]}]},
            [("metrics", A_METRIC, ())],
            id="the new request",
        ),
        pytest.param(
            {"data_source": "logs", "search": {"query": "service:a"}, "indexes": ["main", "web"], "name": "query1"},
            [("logs", "service:a", ("main", "web"))],
            id="logs in two indexes",
        ),
        pytest.param(
            {"data_source": "logs", "search": {"query": ""}, "indexes": ["*"], "compute": {"metric": "@duration"}},
            [("logs", "", ())],
            id="logs in all indexes, with a measure",
        ),
        pytest.param({"data_source": "logs", "compute": {"aggregation": "count"}}, [("logs", "", ())], id="all logs"),
        pytest.param(
            {"query": {"data_source": "logs_stream", "query_string": "status:error", "indexes": ["main"]}},
            [("logs", "status:error", ("main",))],
            id="list of logs",
        ),
        pytest.param(
            {"type": "log_stream", "query": "source:nginx", "indexes": ["main"], "logset": ""},
            [("logs", "source:nginx", ("main",))],
            id="log stream",
        ),
        pytest.param(
            {"log_query": {"index": "main", "search": {"query": "a"}, "multi_compute": [{"facet": "@b"}]}},
            [("logs", "a", ("main",))],
            id="old log query",
        ),
        pytest.param(
            {"log_query": {"index": "*", "search": {"query": "a"}, "compute": {"facet": "@b"}}},
            [("logs", "a", ())],
            id="old log query of all indexes",
        ),
        pytest.param({"rum_query": {"index": "*", "search": {"query": "a"}}}, [("rum", "a", ())], id="old RUM query"),
        pytest.param({"apm_query": {"index": "*", "search": {"query": "a"}}}, [("spans", "a", ())], id="old APM query"),
        pytest.param({"event_query": {"search": "a", "tags_execution": "and"}}, [("events", "a", ())], id="old events"),
        pytest.param(
            {"process_query": {"metric": "process.stat.cpu.total_pct", "search_by": "x"}},
            [("process", "process.stat.cpu.total_pct", ())],
            id="old processes",
        ),
        pytest.param(
            {"data_source": "process", "metric": "process.stat.mem.rss", "text_filter": "", "tag_filters": []},
            [("process", "process.stat.mem.rss", ())],
            id="processes",
        ),
        pytest.param(
            {"data_source": "apm_resource_stats", "env": "prod", "service": "web", "stat": "hits", "name": "query1"},
            [("apm_resource_stats", "env:prod service:web", ())],
            id="an APM statistic",
        ),
        pytest.param(
            {"type": "timeseries", "events": [{"q": "sources:deploy"}], "requests": [{"q": "a"}]},
            [("events", "sources:deploy", ()), ("metrics", "a", ())],
            id="event overlay",
        ),
        pytest.param(
            {"type": "event_stream", "query": "priority:all"}, [("events", "priority:all", ())], id="event stream"
        ),
        pytest.param(
            {"type": "manage_status", "query": "team:web"}, [("monitor_search", "team:web", ())], id="monitor summary"
        ),
        pytest.param(
            {"type": "slo_list", "requests": [{"request_type": "slo_list", "query": {"query_string": "env:prod"}}]},
            [("slo_search", "env:prod", ())],
            id="list of objectives",
        ),
        pytest.param({"type": "alert_graph", "alert_id": "158"}, [("monitor", "158", ())], id="alert graph"),
        pytest.param({"type": "alert_value", "alert_id": 158}, [("monitor", "158", ())], id="alert value by number"),
        pytest.param(
            {"monitor_ids": [1, 2, None]}, [("monitor", "1", ()), ("monitor", "2", ())], id="several monitors"
        ),
        pytest.param({"type": "slo", "slo_id": "ff0d"}, [("slo", "ff0d", ())], id="objective"),
        pytest.param({"data_source": "slo", "slo_id": "ff0d"}, [("slo", "ff0d", ())], id="objective as a query"),
        pytest.param({"test_ids": ["abc-def-ghi"]}, [("synthetics_test", "abc-def-ghi", ())], id="synthetic test"),
        pytest.param(
            {"type": "check_status", "check": "datadog.agent.up", "tags": ["*"]},
            [("check", "datadog.agent.up", ())],
            id="service check",
        ),
        pytest.param(
            {
                "type": "split_group",
                "source_widget_definition": {"requests": [{"q": "a"}]},
                "split_config": {"sort": {"compute": {"metric": "system.cpu.idle", "aggregation": "sum"}}},
            },
            [("metrics", "a", ()), ("metrics", "system.cpu.idle", ())],
            id="split graph",
        ),
        pytest.param(
            {"type": "group", "widgets": [{"definition": {"type": "group", "widgets": [{"definition": {"q": "a"}}]}}]},
            [("metrics", "a", ())],
            id="groups in groups",
        ),
        pytest.param(
            {"data_source": "rum", "audience_filters": {"users": [{"query": "plan:pro"}]}, "query_string": "a"},
            [("rum", "plan:pro", ()), ("rum", "a", ())],
            id="a filter inside another query",
        ),
        pytest.param(
            {"data_source": "aggregate_augmented_query", "base_query": {"data_source": "logs", "query": "a"}},
            [("logs", "a", ())],
            id="a query around another",
        ),
        pytest.param(
            {"data_source": "moon_phases", "query": "a", "compute": {"metric": "b"}},
            [("unknown", "a", ()), ("unknown", "b", ())],
            id="a data source that is not known",
        ),
        pytest.param(
            {"data_source": "dataset", "dataset_id": "x"},
            [("unknown", '{"data_source": "dataset", "dataset_id": "x"}', ())],
            id="a data source that is not known, without a text",
        ),
        pytest.param({"widget": {"query": "a"}}, [("unknown", "a", ())], id="a query of nobody knows what"),
        pytest.param({"type": "powerpack", "powerpack_id": "df43"}, [("powerpack", "df43", ())], id="powerpack"),
        pytest.param(
            {"type": "note", "content": "avg:a{*} in query1", "title": "query", "text": "q"},
            [],
            id="what only reads so",
        ),
        pytest.param({"conditional_formats": [{"metric": "a"}], "formulas": [{"formula": "query1"}]}, [], id="formats"),
        pytest.param({"requests": [{"q": "a"}, {"q": "a"}]}, [("metrics", "a", ())], id="the same twice"),
    ],
)
def test_blocks(block: dict[str, Any], expected: list[Asked]) -> None:
    """Each way in which Datadog writes a query."""
    assert asked(block) == expected
    assert asked({"widgets": [{"id": 7, "definition": block}]}) == expected


def test_template_variables_are_named_and_may_be_null() -> None:
    """Names alone: a reader can choose any value."""
    assert template_variables([{"name": "env", "default": "prod"}, {"prefix": "x"}, None]) == ("env",)
    assert template_variables(None) == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["query", "q", "data_source", "search", "indexes", "metric", "type", "alert_id", "events", "requests"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_no_document_is_too_strange(document: Any) -> None:
    """Whatever stands where a query is expected, there is an answer, and the same one again."""
    assert queries(document) == queries(document)


@cache
def recorded() -> tuple[dict[str, Any], ...]:
    """Every recorded answer that is a dashboard."""
    sys.path.insert(0, str(CONTRACT))
    try:
        from contract import recordings  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(CONTRACT))
    answers = recordings(CONTRACT / "cassettes" / "v1")
    return tuple(body for *_, body in answers if isinstance(body, dict) and isinstance(body.get("widgets"), list))


def looks_like_a_query(value: Any, key: str = "", path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every string under a key that is a query's, written without knowledge of what any widget is."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from looks_like_a_query(inner, name, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from looks_like_a_query(inner, key, path)
    elif isinstance(value, str):
        measure = key == "metric" and value.startswith("@")
        if key in ("query", "q", "query_string", "metric", "alert_id", "slo_id", "check") and not measure:
            yield value


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="the recordings of Datadog's API are not beside this checkout")
def test_recorded_dashboards_ask_what_stands_in_them() -> None:
    """In Datadog's own dashboards every query is found, nothing else is, and none is of an unknown source."""
    dashboards = recorded()
    assert len(dashboards) > 50
    for dashboard in dashboards:
        found = queries(dashboard["widgets"])
        texts = [each.text for each in found]
        expected = list(looks_like_a_query(dashboard["widgets"]))
        assert set(expected) <= set(texts), json.dumps(dashboard)
        extra = [each for each in found if each.text not in expected]
        assert all(not each.text for each in extra), json.dumps(dashboard)
        assert all(each.source != "unknown" for each in found), json.dumps(dashboard)
