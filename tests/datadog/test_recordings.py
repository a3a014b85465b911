"""Datadog's own recorded answers, replayed over HTTP: what was recorded is read, all else is gaps, nothing raises."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from costguard.datadog.collect import collect
from costguard.model.findings import Cause
from costguard.model.resources import (
    Dashboard,
    Downtime,
    Metric,
    Monitor,
    Notebook,
    Resource,
    Slo,
    SyntheticTest,
)
from costguard.model.usage import IndexUsage
from costguard.store import Store
from tests.datadog.collecting import NOW, Nobody, connect

CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract"

pytestmark = pytest.mark.skipif(
    not CONTRACT.is_dir(), reason="the recordings of Datadog's API are not beside this checkout"
)


def load(name: str) -> ModuleType:
    """A module of the recordings' folder, by its path."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, CONTRACT / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="module")
def replay() -> Any:
    """The recordings of both API versions, with the published examples behind them."""
    load("contract")
    return load("replay").Replay([CONTRACT / "cassettes"])


@pytest.fixture
def url(replay: Any) -> Iterator[str]:
    """Where they are served."""
    server: ThreadingHTTPServer = load("replay").serve(replay, 0)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def given(replay: Any, path: str, items: str | None, query: str = "") -> list[Any]:
    """What the replay gives of a list on its pages, as far as they differ."""
    found: dict[str, Any] = {}
    for page in ("", *query.split()):
        _, body, _ = replay.answer("GET", f"https://api.datadoghq.com{path}{page}")
        for each in body if items is None else body[items]:
            found.setdefault(str(each.get("public_id") or each["id"]), each)
    return list(found.values())


def test_what_was_recorded_is_read(replay: Any, url: str, tmp_path: Path) -> None:
    """In the numbers in which it is given; a list that the replay repeats without end is kept and is a gap."""
    with Store.open(tmp_path / "store.duckdb") as store:
        result = collect([connect(url, parent=True)], store, NOW, progress=Nobody())

        def read(kind: type[Resource]) -> set[str]:
            return {each.id for each in store.resources(kind)}

        tests = given(replay, "/api/v1/synthetics/tests", "tests", "?page_number=0 ?page_number=1")
        assert len(tests) == 3
        assert read(SyntheticTest) == {each["public_id"] for each in tests}
        assert read(Monitor) == {str(each["id"]) for each in given(replay, "/api/v1/monitor", None)}
        assert read(Dashboard) == {each["id"] for each in given(replay, "/api/v1/dashboard", "dashboards")}
        assert read(Slo) == {each["id"] for each in given(replay, "/api/v1/slo", "data", "?offset=2")}
        assert len(read(Slo)) == 3
        notebooks = given(replay, "/api/v1/notebooks", "data", "?start=2")
        assert read(Notebook) == {str(each["id"]) for each in notebooks}
        downtimes = given(replay, "/api/v2/downtime", "data")
        assert len(downtimes) == 30
        assert read(Downtime) == {each["id"] for each in downtimes}
        assert store.runs() != ()

    causes = {(each.what, each.cause) for each in result.gaps}
    assert {("synthetic_test", Cause.MALFORMED), ("dashboard", Cause.MALFORMED), ("slo", Cause.MALFORMED)} <= causes
    assert all(each.cause is not Cause.FAILED for each in result.gaps), result.gaps


def test_recorded_metrics_are_read(tmp_path: Path) -> None:
    """The one recording of a list of metrics, given whatever is asked: none of them is said to be unused.

    Alone, because with all recordings the server gives the empty one of another filter.
    """
    load("contract")
    name = "test_get_a_list_of_metrics_with_configured_filter_returns_success_response.yaml"
    (tmp_path / name).symlink_to(CONTRACT / "cassettes" / "v2" / name)
    replay = load("replay").Replay([tmp_path])
    server: ThreadingHTTPServer = load("replay").serve(replay, 0)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        with Store.open(tmp_path / "store.duckdb") as store:
            connection = connect(f"http://127.0.0.1:{server.server_address[1]}")
            collect([connection], store, NOW, progress=Nobody(), kinds=frozenset({Metric}))
            metrics = store.resources(Metric)
    finally:
        server.shutdown()
        server.server_close()
    assert len(metrics) == 176
    assert {each.type for each in metrics} <= {"gauge", "count", "rate", "distribution"}
    assert all(each.queried and each.has_assets for each in metrics)


def test_recorded_hours_of_an_index(replay: Any, url: str, tmp_path: Path) -> None:
    """They are of March 2022: asked for then, each is kept as it was recorded; asked for now, none."""
    _, body, _ = replay.answer("GET", "/api/v1/usage/logs_by_index")
    recorded = [
        (datetime.fromisoformat(each["hour"]), each["index_name"], each["retention"], each["event_count"])
        for each in body["usage"]
    ]
    assert len(recorded) == 48
    for now, expected in ((datetime(2022, 3, 30, 12, tzinfo=UTC), recorded), (NOW, [])):
        with Store.open(tmp_path / f"{now:%Y}.duckdb") as store:
            collect([connect(url, parent=True)], store, now, progress=Nobody(), kinds=frozenset())
            kept = [(row.hour, row.index_name, row.retention_days, row.events) for row in store.rows(IndexUsage)]
        assert sorted(kept) == sorted(expected)
