"""What dashboards and notebooks show: widget definitions, each with the queries that it asks."""

from costguard.simulator.inventory import Json


def timeseries(query: str, title: str) -> Json:
    """One metric query."""
    return formula([query], "query1", title)


def formula(queries: list[str], text: str, title: str) -> Json:
    """A formula over metric queries that are named query1, query2, …"""
    return {
        "type": "timeseries",
        "title": title,
        "show_legend": True,
        "requests": [
            {
                "response_format": "timeseries",
                "formulas": [{"formula": text}],
                "queries": [
                    {"data_source": "metrics", "name": f"query{number}", "query": query}
                    for number, query in enumerate(queries, 1)
                ],
                "display_type": "line",
            }
        ],
    }


def plain(query: str, title: str) -> Json:
    """The older style: one text with several queries."""
    return {"type": "timeseries", "title": title, "requests": [{"q": query, "display_type": "line"}]}


def value(query: str, title: str) -> Json:
    """A single number."""
    return {
        "type": "query_value",
        "title": title,
        "precision": 2,
        "requests": [
            {
                "response_format": "scalar",
                "formulas": [{"formula": "query1"}],
                "queries": [{"data_source": "metrics", "name": "query1", "query": query, "aggregator": "avg"}],
            }
        ],
    }


def alert_graph(monitor: int, title: str) -> Json:
    """The graph of a monitor."""
    return {"type": "alert_graph", "title": title, "alert_id": str(monitor), "viz_type": "timeseries"}


def alert_value(monitor: int, title: str) -> Json:
    """The current value of a monitor."""
    return {"type": "alert_value", "title": title, "alert_id": str(monitor), "precision": 2}


def objective(slo: str, title: str) -> Json:
    """The state of a service level objective."""
    return {
        "type": "slo",
        "title": title,
        "slo_id": slo,
        "view_type": "detail",
        "view_mode": "overall",
        "time_windows": ["30d"],
        "show_error_budget": True,
    }


def note(text: str) -> Json:
    """A text."""
    return {"type": "note", "content": text, "font_size": "14", "show_tick": False}


def group(title: str, inside: list[Json]) -> Json:
    """Widgets in a frame."""
    return {
        "type": "group",
        "title": title,
        "layout_type": "ordered",
        "widgets": [{"id": number, "definition": each} for number, each in enumerate(inside, 1)],
    }


def log_count(search: str, indexes: list[str], title: str) -> Json:
    """How many logs match, over time."""
    return {
        "type": "timeseries",
        "title": title,
        "requests": [
            {
                "response_format": "timeseries",
                "formulas": [{"formula": "query1"}],
                "queries": [
                    {
                        "data_source": "logs",
                        "name": "query1",
                        "search": {"query": search},
                        "indexes": indexes,
                        "compute": {"aggregation": "count"},
                        "group_by": [],
                    }
                ],
                "display_type": "bars",
            }
        ],
    }


def log_top(search: str, index: str, title: str) -> Json:
    """The commonest messages, in the older style of log queries."""
    return {
        "type": "toplist",
        "title": title,
        "requests": [
            {
                "log_query": {
                    "index": index,
                    "search": {"query": search},
                    "compute": {"aggregation": "count"},
                    "group_by": [
                        {"facet": "@error.kind", "limit": 10, "sort": {"aggregation": "count", "order": "desc"}}
                    ],
                }
            }
        ],
    }


def log_list(search: str, indexes: list[str], title: str) -> Json:
    """The logs themselves."""
    return {
        "type": "list_stream",
        "title": title,
        "requests": [
            {
                "response_format": "event_list",
                "query": {"data_source": "logs_stream", "query_string": search, "indexes": indexes},
                "columns": [{"field": "status_line", "width": "auto"}, {"field": "content", "width": "compact"}],
            }
        ],
    }


def log_stream(search: str, indexes: list[str]) -> Json:
    """The logs themselves, as notebooks show them."""
    return {"type": "log_stream", "query": search, "indexes": indexes, "columns": ["core_host", "core_service"]}
