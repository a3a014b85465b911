"""Every collector on recorded traffic: the same items as from the server that was recorded.

The recordings are of costguard's own simulator. After a change of it or of what collectors ask, record again with

    .venv/bin/python -m pytest tests/datadog/test_cassettes.py --record-mode=rewrite
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Collector, Item, collectors, name_of
from costguard.model.usage import Row
from costguard.simulator import SimulatedOrg, Simulator
from tests.datadog.collecting import NOW, Known, connect, window


class Settled(Known):
    """A store that has everything but the last days and the last month, so that the recordings stay small."""

    def final_periods(self, table: type[Row]) -> frozenset[str]:  # noqa: ARG002 - of any table
        """All older keys."""
        return Older()


class Older(frozenset[str]):
    """Keys of days before 18 November and of months before October."""

    def __contains__(self, key: object) -> bool:
        period = str(key).partition(":")[0]
        return period < ("2026-11-18" if len(period) == len("2026-11-18") else "2026-10")


OPT_IN = {"hourly_attribution", "kubernetes_usage"}
"""Read only where the settings ask for them."""

LARGE = {"hourly_usage", "monthly_attribution", "monthly_cost"}
"""Megabytes even for the shortest time: what reads them is tested on the simulator itself."""

CASSETTES = Path(__file__).parents[2] / "cassettes"
SITE = "api.datadoghq.com"
COLLECTORS = {name: each for each in collectors() if (name := name_of(each.provides)) not in OPT_IN | LARGE}

every_collector = pytest.mark.parametrize("kind", sorted(COLLECTORS))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(kind: str) -> str:
    return kind


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    """Recordings hold no keys, and name Datadog's host in place of the port of the day."""
    return {
        "before_record_request": _at_datadog,
        "filter_headers": [("DD-API-KEY", "filtered"), ("DD-APPLICATION-KEY", "filtered"), "User-Agent"],
        "decode_compressed_response": True,
        "match_on": ["method", "scheme", "host", "path", "query"],
    }


def _at_datadog(request: Any) -> Any:
    parts = urlsplit(request.uri)
    request.uri = parts._replace(scheme="https", netloc=SITE).geturl()
    return request


def read(collector: Collector, connection: Connection) -> list[Item]:
    with connection:
        return list(collector.collect(connection, window(Settled())))


def subject(simulator: Simulator, collector: Collector) -> SimulatedOrg:
    """The parent for what only it may read, else the smallest child."""
    return simulator.orgs[0] if collector.parent_only else simulator.orgs[-1]


@pytest.fixture(scope="module")
def live(simulator: Simulator) -> dict[str, list[Item]]:
    """The items as the simulator answers now; of module scope, so that no cassette is in the way yet."""
    return {kind: read(each, to_live(simulator, each)) for kind, each in COLLECTORS.items()}


def to_live(simulator: Simulator, collector: Collector) -> Connection:
    org = subject(simulator, collector)
    return connect(simulator.url, org.name, keys=(org.api_key, org.app_key), parent=org.parent)


@pytest.mark.vcr
@every_collector
def test_a_recording_is_read_as_the_server_was(
    simulator: Simulator, live: dict[str, list[Item]], kind: str, record_mode: str
) -> None:
    collector = COLLECTORS[kind]
    org = subject(simulator, collector)
    # Only while recording is there somebody to ask; later what is not recorded cannot be read.
    recording = to_live(simulator, collector)
    connection = recording if record_mode == "rewrite" else connect(f"https://{SITE}", org.name, parent=org.parent)
    recorded = read(collector, connection)
    assert recorded, "an empty recording would prove nothing"
    assert recorded == live[kind]


@every_collector
def test_a_recording_holds_no_key(simulator: Simulator, kind: str) -> None:
    text = (CASSETTES / f"{kind}.yaml").read_text()
    assert "interactions:" in text
    for org in simulator.orgs:
        assert org.api_key not in text
        assert org.app_key not in text
    assert "127.0.0.1" not in text
