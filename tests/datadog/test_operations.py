"""That costguard can only read: every operation is the official client's, and nothing is sent but by them."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

import costguard
from costguard.datadog.collectors.log_slices import QUERY
from costguard.datadog.kubernetes_queries import REQUESTS
from costguard.datadog.metric_queries import QUERIED, MetricQueries, MetricQuery
from costguard.datadog.operations import OPERATIONS, Operation
from costguard.datadog.probes import probes
from tests.datadog.collecting import NOW, connect
from tests.datadog.server import Server

PACKAGE = Path(costguard.__file__).parent


def official() -> dict[str, tuple[str, str]]:
    """Method and path of every operation of the official client, from its source: importing it would take seconds."""
    spec = find_spec("datadog_api_client")
    assert spec is not None
    assert spec.origin is not None
    found = {}
    for version in ("v1", "v2"):
        for file in (Path(spec.origin).parent / version / "api").glob("*_api.py"):
            for settings in re.findall(r"_Endpoint\(\s*settings=\{(.*?)\n\s*\},\n", file.read_text(), re.DOTALL):
                values = dict(re.findall(r'"(http_method|endpoint_path|operation_id)": "([^"]*)"', settings))
                found[f"{version}.{values['operation_id']}"] = (values["http_method"], values["endpoint_path"])
    assert len(found) > 1000
    return found


def test_every_operation_is_one_of_the_official_client() -> None:
    client = official()
    assert {each.id: client.get(each.id) for each in OPERATIONS.values()} == {
        each.id: (each.method, each.path) for each in OPERATIONS.values()
    }


def test_operations_read() -> None:
    assert {each.method for each in OPERATIONS.values()} == {"GET"}


def test_every_operation_is_used() -> None:
    """What nothing asks for need not be allowed."""
    files = [file for file in (PACKAGE / "datadog").rglob("*.py") if file.name != "operations.py"]
    asked = {match for file in files for match in re.findall(r'"(v[12]\.\w+)"', file.read_text())}
    assert asked == set(OPERATIONS)


def test_the_metrics_that_may_be_queried_are_those_that_are() -> None:
    asked = {each.metric for request in REQUESTS for each in request.asked} | {QUERY.metric}
    probing = [ask.query.get("query") for asks in probes(NOW).values() for ask in asks]
    asked |= {each.metric for queries in probing if isinstance(queries, MetricQueries) for each in queries.queries}
    assert asked == QUERIED


def test_a_query_is_written_as_datadog_reads_it() -> None:
    requests = MetricQuery("sum", "kubernetes.cpu.requests", "(a:b* OR a:c)", ("host", "pod_name"), ("avg", 3600))
    assert str(MetricQueries((requests, MetricQuery("max", "container.uptime")))) == (
        "sum:kubernetes.cpu.requests{(a:b* OR a:c)} by {host,pod_name}.rollup(avg, 3600),max:container.uptime{*}"
    )
    assert str(QUERY) == (
        "sum:datadog.estimated_usage.logs.ingested_events{datadog_is_excluded:false} "
        "by {datadog_index,service,status}.as_count().rollup(sum, 86400)"
    )


NAMED: dict[str, Any] = {"space": "avg", "metric": "kubernetes.cpu.requests"}


@pytest.mark.parametrize(
    "parts",
    [
        {"metric": "checkout.orders"},
        {"metric": "kubernetes.evil_custom"},
        {"metric": "kubernetes.cpu.requests.by_team"},
        {"metric": "kubernetes.cpu.requests{*}, checkout.orders"},
        {"metric": ""},
        {"space": "checkout.orders + avg"},
        {"space": "avg:checkout.orders{*}, avg"},
        {"scope": "*} + checkout.orders{*"},
        {"scope": "*} + checkout.orders"},
        {"by": ("host", "team}, checkout.orders{*")},
        {"rollup": ("avg, 60) + checkout.orders.rollup(avg", 60)},
    ],
)
def test_no_other_metric_gets_into_a_query(parts: dict[str, Any]) -> None:
    assert str(MetricQuery(**NAMED)) == "avg:kubernetes.cpu.requests{*}"
    with pytest.raises(ValueError, match=r"none of the metrics|may not stand"):
        MetricQuery(**{**NAMED, **parts})


@pytest.mark.parametrize(
    "text",
    [
        "avg:kubernetes.cpu.requests{*}",
        "avg:kubernetes.cpu{*} + custom.foo",
        "sum:my.metric by{x}{*}, kubernetes.a{*}",
        "kubernetes.evil_custom{*}",
    ],
)
def test_text_is_never_sent_as_a_query(text: str) -> None:
    """So that nothing has to guess what it asks for."""
    with Server() as server:
        with pytest.raises(ValueError, match="MetricQueries"):
            connect(server.url).call("v1.query_metrics", query={"from": 0, "to": 1, "query": text}, what="x")
        assert server.requests == []


def test_each_is_there_once_and_named_by_its_id() -> None:
    assert all(name == each.id for name, each in OPERATIONS.items())
    assert len({(each.method, each.path) for each in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize("each", OPERATIONS.values(), ids=lambda each: each.id)
def test_permissions_are_reads(each: Operation) -> None:
    assert not [name for name in each.permissions if re.search(r"write|manage|admin|create|delete", name)]


CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract"


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="Datadog's published contract is not here")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_permissions_are_those_that_datadog_publishes(version: str) -> None:
    paths = yaml.load((CONTRACT / f"openapi-{version}.yaml").read_text(), yaml.CSafeLoader)["paths"]
    compared = {}
    for each in OPERATIONS.values():
        published = paths.get(each.path, {}).get(each.method.lower())
        if published is not None and each.id.startswith(version):
            compared[each.id] = (set(each.permissions), set(published["x-permission"]["permissions"]))
    assert len(compared) >= 12
    assert {name: ours for name, (ours, theirs) in compared.items() if ours != theirs} == {}


def imports(tree: ast.AST) -> set[str]:
    """The modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


SENDERS = re.compile(r"(datadog_api_client|urllib3|http\.client|urllib\.request|requests|httpx|aiohttp|socket)\b")

NEEDED = {
    "datadog/transport.py": {"datadog_api_client", "urllib3"},
    "datadog/sites.py": {"datadog_api_client"},  # for the host of a site
    "datadog/proxies.py": {"urllib3"},  # for the header of a proxy's password
}


def test_only_the_transport_can_send_and_only_the_connection_uses_it() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if "simulator" not in file.parts]
    for file in files:
        name = file.relative_to(PACKAGE).as_posix()
        source = file.read_text()
        tree = ast.parse(source)
        modules = {match[0] for each in imports(tree) if (match := SENDERS.match(each))}
        assert modules <= NEEDED.get(name, set()), f"{name} imports {modules}"
        assert not any(re.search(r"datadog_api_client\.v[12]", each) for each in imports(tree)), name
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert ("call_api" in attributes) == (name == "datadog/transport.py"), name
        uses = "costguard.datadog.transport.Transport" in imports(tree)
        assert uses == (name == "datadog/client.py"), name


def test_the_connection_sends_in_one_place() -> None:
    tree = ast.parse((PACKAGE / "datadog" / "client.py").read_text())
    sends = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "send"]
    assert len(sends) == 1


def test_paths_need_no_quoting() -> None:
    assert all(quote(each.path, safe="/{}") == each.path for each in OPERATIONS.values())
