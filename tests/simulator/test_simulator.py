"""The invented company, whom its API answers, and how costguard is told of it."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard import settings
from costguard.simulator import Simulator, environment, settings_toml
from costguard.simulator.block import PAYLOAD
from costguard.simulator.routes import PERMISSIONS, ROUTES
from tests.simulator.asking import NEEDED, ask, get

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
TESTS = "/api/v1/synthetics/tests"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as running:
        yield running


def whole(sim: Simulator) -> str:
    """Everything that a company is, as text."""
    return json.dumps([_plain(inventory) for inventory in sim.company.inventories], default=str)


def _plain(value: Any) -> Any:
    return {key: inner for key, inner in vars(value).items() if not key.startswith("_")}


@pytest.mark.parametrize("scale", [1, 3])
def test_a_scale_step_has_its_share_of_everything(scale: int) -> None:
    found = Simulator(now=NOW, scale=scale)
    found.stop()
    kinds = ("tests", "monitors", "dashboards", "metrics", "indexes")
    counts = [sum(len(getattr(each, kind)) for each in found.company.inventories) for kind in kinds]
    assert counts == [60 * scale, 250 * scale, 80 * scale, 400 * scale, 12 * scale]
    assert len(found.truth.findings) == 49 * scale
    assert len({(each.rule, each.org, each.kind, each.id) for each in found.truth.findings}) == 49 * scale


def test_the_same_seed_scale_and_moment_give_the_same_company() -> None:
    made = [Simulator(now=now, seed=seed) for now, seed in ((NOW, 1), (NOW, 1), (NOW, 2), (NOW + timedelta(days=1), 1))]
    for each in made:
        each.stop()
    first, same, other_seed, other_day = (whole(each) for each in made)
    assert first == same
    assert made[0].truth == made[1].truth
    assert first not in (other_seed, other_day)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Simulator(now=datetime(2026, 10, 21))  # noqa: DTZ001


def test_look_alikes_are_there(sim: Simulator) -> None:
    """One of each kind of resource that is nearly waste; that none is in the truth is what the oracle checks."""
    tests = {each.name.partition("] ")[2]: each for inventory in sim.company.inventories for each in inventory.tests}
    wasted = {each.id for each in sim.truth.findings}
    spared = {
        *("New consent banner", "Retired sitemap", "Order API availability", "Identity and session", "Carrier quotes"),
        *("Points balance", "Checkout response time", "Release gate", "Warehouse portal", "Stock levels"),
        *("Partner certificate", "Legal hold probe", "Place an order", "Checkout staging", "Search staging"),
        *("Settlement window", "Authorisation rate", "Scheme directory", "Contract test", "Mobile wallet"),
        *("One region only", "Invoice download", "Month-end close", "Card authorisation"),
    }
    assert spared <= tests.keys()
    assert not {tests[name].id for name in spared} & wasted
    metrics = {each.name for inventory in sim.company.inventories for each in inventory.metrics}
    unread = {
        *("identity.token.refresh_age", "checkout.fee.rounding", "loyalty.points.granted", "cart.value.gross"),
        *("catalog.audit.seal", "storefront.banner.size", "aws.rds.cpu.credit_balance", "payments.authorised.count"),
    }
    assert unread <= metrics - wasted


@pytest.mark.parametrize(
    ("path", "api_key", "app_key", "status"),
    [
        ("/api/v1/validate", "wrong", "", 403),
        ("/api/v1/validate", None, "", 200),
        ("/api/v2/validate", None, "", 200),
        ("/api/v2/validate_keys", None, None, 200),
        ("/api/v2/validate_keys", "wrong", None, 401),
        ("/api/v2/validate_keys", None, "wrong", 403),
        ("/api/v2/current_user", "", "", 401),
        (TESTS, "wrong", None, 403),
        (TESTS, None, "wrong", 403),
        (TESTS, None, "simulated-app-key-larkspur-labs", 403),
        ("/api/v1/hosts", None, None, 404),
    ],
)
def test_keys(sim: Simulator, path: str, api_key: str | None, app_key: str | None, status: int) -> None:
    assert ask(sim, path, api_key=api_key, app_key=app_key).status == status


def test_keys_stay_out_of_texts(sim: Simulator) -> None:
    ask(sim, "/api/v1/validate")
    texts = repr(sim.orgs) + repr(sim.requests) + repr(sim.company)
    assert not any(key in texts for org in sim.orgs for key in (org.api_key, org.app_key))


def test_only_reading_is_possible(sim: Simulator) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert ask(sim, TESTS, method=method).status == 405


def path_of(sim: Simulator, path: str) -> str:
    """An endpoint's path with an id that exists."""
    inventory = sim.company.inventories[0]
    browser = next(test.id for test in inventory.tests if test.type == "browser")
    return path.format(public_id=browser, dashboard_id=inventory.dashboards[0]["id"])


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_without_a_permission_exactly_its_calls_are_forbidden(permission: str) -> None:
    with Simulator(now=NOW, forbid={permission}) as sim:
        for route in ROUTES:
            reply = ask(sim, path_of(sim, route.path), query=NEEDED.get(route.path))
            assert reply.status == (403 if permission in route.permissions else 200), route.path
        user = get(sim, "/api/v2/current_user")["included"]
        granted = {each["attributes"]["name"] for each in user if each["type"] == "permissions"}
        assert granted == set(PERMISSIONS) - {permission}


def test_a_permission_may_be_missing_in_one_organisation() -> None:
    with Simulator(now=NOW, forbid={"larkspur-labs/dashboards_read"}) as sim:
        assert [ask(sim, "/api/v1/dashboard", org=org).status for org in range(3)] == [200, 200, 403]


def test_the_account_is_told_to_the_parent_alone(sim: Simulator) -> None:
    detail = "API called with non-parent org keys. Data is only available at the root level org"
    parent_only = [route for route in ROUTES if route.parent_only]
    assert {route.path for route in parent_only} == {
        "/api/v1/usage/billable-summary",
        "/api/v1/usage/summary",
        "/api/v2/cost_by_tag/monthly_cost_attribution",
        "/api/v2/usage/billing_dimension_mapping",
        "/api/v2/usage/estimated_cost",
        "/api/v2/usage/historical_cost",
        "/api/v2/usage/projected_cost",
        "/api/v2/usage/summary/available_fields",
    }
    for route in parent_only:
        for org, status in ((0, 200), (1, 400), (2, 400)):
            reply = ask(sim, route.path, org=org, query=NEEDED.get(route.path))
            assert reply.status == status
            if status == 400:
                (error,) = reply.body["errors"]
                assert (error if route.parent_only == "v1" else error["detail"]) == detail


def test_every_organisation_says_who_it_is(sim: Simulator) -> None:
    for number, org in enumerate(sim.orgs):
        user = get(sim, "/api/v2/current_user", number)
        (about,) = (each for each in user["included"] if each["type"] == "orgs")
        assert (about["attributes"]["name"], about["attributes"]["public_id"]) == (org.name, org.public_id)
    assert [org.parent for org in sim.orgs] == [True, False, False]


def test_every_kind_of_resource_has_hostile_names_and_plain_ids() -> None:
    assert "[/x]<script>alert(1)</script>=cmd|'/c'!A1" in PAYLOAD
    assert {"\x1b", "\x07", "\r", "\n"} <= set(PAYLOAD)
    with Simulator(now=NOW, hostile=True) as sim:
        for org in range(3):
            named = {
                "test": get(sim, TESTS, org, page_size=500)["tests"],
                "monitor": get(sim, "/api/v1/monitor", org),
                "downtime": get(sim, "/api/v2/downtime", org)["data"],
                "pause": get(sim, "/api/v2/synthetics/downtimes", org)["data"],
                "dashboard": get(sim, "/api/v1/dashboard", org, count=500)["dashboards"],
                "notebook": get(sim, "/api/v1/notebooks", org)["data"],
                "slo": get(sim, "/api/v1/slo", org)["data"],
                "index": get(sim, "/api/v1/logs/config/indexes", org)["indexes"],
            }
            for kind, resources in named.items():
                texts = [text(each) for each in resources]
                assert all("<script>" in each for each in texts), kind
                assert all("\x1b" in each and "=cmd|'/c'!A1" in each for each in texts), kind
            assert get(sim, "/api/v2/current_user", org)["included"][0]["attributes"]["name"].startswith("=[/x]")
        ids = {each.id for each in sim.truth.findings}
        assert all(re.fullmatch(r"[\w./-]+", each) for each in ids)


def text(value: Any) -> str:
    """All texts of a JSON value, as they are."""
    if isinstance(value, dict):
        return "\0".join(text(each) for each in value.values())
    return "\0".join(text(each) for each in value) if isinstance(value, list) else str(value)


def test_the_settings_and_the_environment_fit_together(tmp_path: Path, sim: Simulator) -> None:
    file = tmp_path / "costguard.toml"
    file.write_text(settings_toml(sim))
    env = environment(sim)
    read = settings.load(file, env)
    assert [(org.name, org.parent) for org in read.orgs] == [(org.name, org.parent) for org in sim.orgs]
    assert read.api_url == sim.url
    assert {variable for org in read.orgs for variable in (org.api_key_env, org.app_key_env)} < env.keys()
    for org, simulated in zip(read.orgs, sim.orgs, strict=True):
        assert (env[org.api_key_env], env[org.app_key_env]) == (simulated.api_key, simulated.app_key)
    assert not any(key in file.read_text() for org in sim.orgs for key in (org.api_key, org.app_key))


def test_it_serves_by_hand_and_stops_on_an_interrupt() -> None:
    command = [sys.executable, "-m", "costguard.simulator", "--now", "2026-10-21T09:30+00:00", "--forbid", "slos_read"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ,
    ) as process:
        assert process.stdout
        lines: list[str] = []
        while lines.count("[[orgs]]\n") < 3 or "parent" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        url = lines[0].strip()
        exported = dict(
            line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export")
        )
        printed = tomllib.loads("".join(lines[lines.index("# costguard.toml\n") :]))
        keys = [exported[printed["orgs"][0][f"{each}_key_env"]] for each in ("api", "app")]
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        statuses = []
        for path in ("/api/v1/validate", "/api/v1/slo"):
            connection.request("GET", path, headers={"DD-API-KEY": keys[0], "DD-APPLICATION-KEY": keys[1]})
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert statuses == [200, 403]
    assert exported["COSTGUARD_API_URL"] == url
    assert (process.returncode, errors) == (0, "stopped\n")


def test_connections_stay_open_between_requests(sim: Simulator) -> None:
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=30)
    connection.connect()
    assert connection.sock
    ports = set()
    for _ in range(3):
        connection.request("GET", "/api/v1/validate", headers={"DD-API-KEY": sim.orgs[0].api_key})
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1
