"""How Datadog is asked, what its answers mean, and that the keys stay where they belong."""

import json
import logging
import socket
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from costguard.datadog.client import ClientError, Connection, KeysRefused, Patience, Unreadable
from costguard.datadog.pages import by_number
from costguard.errors import CostguardError
from costguard.model.findings import Cause, Gap
from costguard.settings import SITES, Keys, OrgSettings
from tests.datadog.server import Clock, Reply, Request, Server
from tests.datadog.test_limits import Bucket, headers, together

API_KEY = "api-key-of-a-test-0123456789abcdef"
APP_KEY = "app-key-of-a-test-fedcba9876543210"
MONITORS = "/api/v1/monitor"

Connect = Callable[..., Connection]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(server: Server, clock: Clock) -> Iterator[Connect]:
    """Makes connections to the server that sleep by the clock, with the middle of every jitter."""
    opened: list[Connection] = []

    def make(org: OrgSettings | None = None, **more: Any) -> Connection:
        arguments: dict[str, Any] = {
            "api_url": server.url,
            "share": Decimal("0.5"),
            "sleep": clock.sleep,
            "clock": clock,
            "random": lambda: 0.5,
            "env": {},
        }
        keys = Keys(api=API_KEY, app=APP_KEY)
        opened.append(Connection(org or OrgSettings(name="main"), keys, **arguments | more))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def gap_of(connection: Connection, operation: str = "v1.list_monitors", **more: Any) -> Gap:
    with pytest.raises(Unreadable) as caught:
        connection.call(operation, **{"what": "monitor"} | more)
    assert str(caught.value) == f"{caught.value.gap.what} of organisation main: {caught.value.gap.hint}"
    return caught.value.gap


def test_a_call(server: Server, connect: Connect) -> None:
    server.replies["/api/v1/dashboard/a%2Fb%20%25"] = [Reply(200, {"id": "a/b %"})]
    connection = connect()
    query: dict[str, str | int | bool] = {"flag": True, "off": False, "page[size]": 3, "text": "a&b=ü"}
    assert connection.call("v1.get_dashboard", path={"dashboard_id": "a/b %"}, query=query, what="dashboard") == {
        "id": "a/b %"
    }
    (request,) = server.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.query == {"flag": "true", "off": "false", "page[size]": "3", "text": "a&b=ü"}
    assert request.headers["dd-api-key"] == API_KEY
    assert request.headers["dd-application-key"] == APP_KEY
    assert request.headers["accept-encoding"] == "gzip"
    assert request.headers["user-agent"].startswith("costguard datadog-api-client-python/")
    assert connection.requests == 1


@pytest.mark.parametrize(
    ("operation", "arguments", "error"),
    [
        ("v1.delete_monitor", {}, KeyError),
        ("v1.create_monitor", {}, KeyError),
        ("GET /api/v1/monitor", {}, KeyError),
        ("v1.query_metrics", {"query": {"query": "avg:checkout.orders{*}"}}, ValueError),
        ("v1.query_metrics", {}, ValueError),
        ("v1.list_monitors", {"path": {"id": "1"}}, ValueError),
        ("v1.get_dashboard", {}, ValueError),
        ("v1.get_dashboard", {"path": {"dashboard_id": "1", "other": "2"}}, ValueError),
    ],
)
def test_only_allowed_calls_are_made(
    server: Server, connect: Connect, operation: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        connect().call(operation, **arguments, what="monitor")
    assert server.requests == []


@pytest.mark.parametrize("hostile", ["", ".", ".."])
def test_an_id_cannot_make_it_another_call(server: Server, connect: Connect, hostile: str) -> None:
    gap = gap_of(connect(), "v1.get_dashboard", path={"dashboard_id": hostile}, what="dashboard")
    assert (gap.cause, server.requests) == (Cause.MALFORMED, [])


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None]}, [], {}, {"name": "ü😀"}])
@pytest.mark.parametrize("how", [{}, {"gzipped": True}, {"endless": True}, {"gzipped": True, "endless": True}])
def test_bodies(server: Server, connect: Connect, value: Any, how: Any) -> None:
    server.replies[MONITORS] = [Reply(200, value, **how)]
    assert connect().call("v1.list_monitors", what="monitor") == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        (rb'{"a": "x\ud83d"}', {"a": "x\ufffd"}),
        (rb'{"a": "\ude00\ud83d"}', {"a": "\ufffd\ufffd"}),
        (rb'[{"\uD800": "\uD83D\uDE00\uDBFF"}]', [{"\ufffd": "😀\ufffd"}]),
        (rb'["\\ud800", "\\\ud800", "\n\ud83d\ud83d\ude00"]', [r"\ud800", "\\\ufffd", "\n\ufffd😀"]),
        (rb'["\\ud83d\ude00"]', ["\\ud83d\ufffd"]),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ],
)
def test_half_characters_are_replaced(server: Server, connect: Connect, body: bytes, expected: Any) -> None:
    server.replies[MONITORS] = [Reply(200, body)]
    assert connect().call("v1.list_monitors", what="monitor") == expected


@pytest.mark.parametrize(
    ("body", "requests", "words"),
    [
        (b"<html>Sign in</html>", 1, "a body that is not JSON"),
        (b"", 1, "a body that is not JSON"),
        (b'"text"', 1, "JSON that is no object and no list"),
        (b"null", 1, "JSON that is no object and no list"),
        (b'{"a": "\xff"}', 1, "a body that is not UTF-8"),
        (b'["\xed\xa0\x80"]', 1, "a body that is not UTF-8"),
        (b"[" * 200_000, 1, "JSON that is nested too deeply"),
        (b'{"a": NaN}', 6, "broken JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", 6, "broken JSON"),
        (b'{"a": [1, 2', 6, "broken JSON"),
    ],
)
def test_what_is_not_json_is_a_gap(server: Server, connect: Connect, body: bytes, requests: int, words: str) -> None:
    server.replies[MONITORS] = [Reply(200, body)]
    gap = gap_of(connect())
    assert (gap.cause, gap.optional, len(server.requests)) == (Cause.MALFORMED, False, requests)
    assert f"GET /api/v1/monitor answered {words}" in gap.hint


def test_what_cannot_be_decompressed_is_a_gap(server: Server, connect: Connect) -> None:
    server.replies[MONITORS] = [Reply(200, b"not gzip", {"Content-Encoding": "gzip"})]
    gap = gap_of(connect())
    assert (gap.cause, len(server.requests)) == (Cause.MALFORMED, 6)


def text(*errors: Any) -> dict[str, Any]:
    return {"errors": list(errors)}


NON_PARENT = "API called with non-parent org keys. Data is only available at the root level org"


@pytest.mark.parametrize(
    ("status", "body", "cause", "words", "requests"),
    [
        (400, text("bad page"), Cause.FAILED, "answered 400: bad page", 1),
        (400, text({"status": "400", "title": "Bad", "detail": "page"}), Cause.FAILED, "answered 400: Bad: page", 1),
        (400, text("a", {"detail": "b"}, None), Cause.FAILED, "answered 400: a; b", 1),
        (400, text(NON_PARENT), Cause.NOT_PARENT, "use the parent organisation's keys", 1),
        (400, text({"status": "400", "detail": NON_PARENT}), Cause.NOT_PARENT, "organisation main is a child", 1),
        (401, text("Unauthorized"), Cause.MISSING_PERMISSION, "refused the keys of organisation main", 1),
        (402, b"", Cause.FAILED, "answered 402", 1),
        (403, text("Forbidden"), Cause.MISSING_PERMISSION, "grant monitors_read to the application key of", 1),
        (403, text("Invalid API key"), Cause.MISSING_PERMISSION, "check DD_API_KEY, DD_APP_KEY and the site", 1),
        (404, text("Not found"), Cause.NOT_AVAILABLE, "is not there on datadoghq.com: Not found", 1),
        (408, {}, Cause.FAILED, "answered 408 6 times", 6),
        (429, {}, Cause.RATE_LIMITED, "run again later: GET /api/v1/monitor is refused by a rate limit", 6),
        (500, {"error": "oh"}, Cause.FAILED, "run again later: GET /api/v1/monitor answered 500 6 times: oh", 6),
        (502, b"<html>Bad \x1b[31m gateway</html>", Cause.FAILED, "<html>Bad ␛[31m gateway</html>", 6),
        (503, b"x" * 1000, Cause.FAILED, f"answered 503 6 times: {'x' * 199}…", 6),
        (504, b"\xff\xfe", Cause.FAILED, "an error page that is not UTF-8", 6),
        (599, [1, {"a": 2}], Cause.FAILED, "answered 599 6 times: 1", 6),
        (302, {}, Cause.FAILED, "a redirect, which is never followed", 1),
    ],
)
def test_what_a_refusal_means(
    server: Server, connect: Connect, status: int, body: Any, cause: Cause, words: str, requests: int
) -> None:
    server.replies[MONITORS] = [Reply(status, body)]
    connection = connect()
    gap = gap_of(connection)
    assert (gap.org, gap.what, gap.cause, gap.optional) == ("main", "monitor", cause, False)
    assert words in gap.hint
    assert gap.hint.isprintable()
    assert len(server.requests) == connection.requests == requests


CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract"


@pytest.mark.skipif(not CONTRACT.is_dir(), reason="Datadog's recorded answers are not here")
def test_what_datadog_was_recorded_to_refuse(server: Server, connect: Connect) -> None:
    recorded: list[tuple[int, str]] = []
    for file in sorted((CONTRACT / "cassettes").glob("v[12]/*.yaml")):
        for each in yaml.load(file.read_text(), yaml.CSafeLoader)["interactions"]:
            response = each["response"]
            if response["status"]["code"] >= 400:
                recorded.append((response["status"]["code"], response["body"]["string"]))
    assert len(recorded) >= 20
    for status, body in recorded:
        server.replies = {MONITORS: [Reply(status, body.encode())]}
        gap = gap_of(connect())
        if "non-parent" in body:
            expected, words = Cause.NOT_PARENT, "parent organisation's keys"
        elif status == 403:
            expected, words = Cause.MISSING_PERMISSION, "check DD_API_KEY"
        else:
            expected = Cause.NOT_AVAILABLE if status == 404 else Cause.FAILED
            error = json.loads(body)["errors"][0]
            words = error if isinstance(error, str) else error["detail"]
        assert gap.cause is expected
        assert " ".join(words.split())[:40] in gap.hint


def test_a_refusal_counts_even_where_its_body_breaks_off(server: Server, connect: Connect) -> None:
    server.replies[MONITORS] = [Reply(403, text("Forbidden"), missing=5)]
    assert gap_of(connect()).cause is Cause.MISSING_PERMISSION
    assert len(server.requests) == 1


def test_refused_keys_are_an_error_of_their_own(server: Server, connect: Connect) -> None:
    server.replies[MONITORS] = [Reply(401, text("Unauthorized"))]
    with pytest.raises(KeysRefused) as caught:
        connect(OrgSettings(name="main", api_key_env="MAIN_API")).call("v1.list_monitors", what="monitor")
    assert isinstance(caught.value, CostguardError)
    assert "MAIN_API" in str(caught.value)


def test_what_may_be_absent_is_optional_only_when_it_is_absent(server: Server, connect: Connect) -> None:
    path = "/api/v2/dashboards/usage"
    server.replies[path] = [Reply(404), Reply(403)]
    assert gap_of(connect(), "v2.list_dashboards_usage", optional=True).optional
    assert not gap_of(connect(), "v2.list_dashboards_usage", optional=True).optional


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_a_site_does_not_offer_is_nobodys_fault(server: Server, connect: Connect, status: int) -> None:
    server.replies["/api/v2/cost_by_tag/monthly_cost_attribution"] = [Reply(status)]
    gap = gap_of(connect(OrgSettings(name="main", site="ddog-gov.com")), "v2.get_monthly_cost_attribution")
    assert (gap.cause, gap.optional) == (Cause.NOT_ON_SITE, True)
    other = gap_of(connect(), "v2.get_monthly_cost_attribution")
    assert other.cause is not Cause.NOT_ON_SITE


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(hang_up="close"),
        Reply(hang_up="reset"),
        Reply(200, {"a": "b" * 100}, missing=50),
        Reply(200, {"a": "b" * 100}, gzipped=True, missing=10),
        Reply(200, b'{"a": [', endless=True),
        Reply(408),
        Reply(500),
        Reply(503, b"<html>"),
    ],
)
def test_what_may_pass_is_asked_again(server: Server, connect: Connect, clock: Clock, trouble: Reply) -> None:
    server.replies[MONITORS] = [trouble, trouble, Reply(200, [1])]
    connection = connect()
    assert connection.call("v1.list_monitors", what="monitor") == [1]
    assert connection.requests == len(server.requests) == 3
    assert clock.slept == [0.25, 0.5]


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"\x00\x01\x02\r\n\r\n", Cause.UNREACHABLE),
        (b"HTTP/1.1 1000 OK\r\n\r\n", Cause.UNREACHABLE),
        (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]", Cause.UNREACHABLE),
        (OK + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n", Cause.UNREACHABLE),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", Cause.UNREACHABLE),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n", Cause.MALFORMED),
        (OK + b"Content-Encoding: " + b"gzip," * 20 + b"gzip\r\nContent-Length: 2\r\n\r\n[]", Cause.MALFORMED),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[x\r\nContent-Length: 0\r\n\r\n", Cause.MALFORMED),
    ],
)
def test_what_breaks_http_is_a_gap(server: Server, connect: Connect, raw: bytes, cause: Cause) -> None:
    server.replies[MONITORS] = [Reply(raw=raw)]
    assert gap_of(connect(patience=Patience(tries=2))).cause is cause
    assert len(server.requests) == 2


@pytest.mark.parametrize("trouble", [Reply(500), Reply(hang_up="reset")])
def test_tries_are_bounded_in_number_and_in_time(
    server: Server, connect: Connect, clock: Clock, trouble: Reply
) -> None:
    server.replies[MONITORS] = [trouble]
    gap_of(connect(patience=Patience(tries=4, first=1, longest=3)))
    assert (len(server.requests), clock.slept) == (4, [0.5, 1.0, 1.5])
    gap_of(connect(patience=Patience(tries=100, seconds=4, first=1, longest=1)))
    assert len(server.requests) == 4 + 9


def test_jitter_is_full(server: Server, connect: Connect, clock: Clock) -> None:
    server.replies[MONITORS] = [Reply(500)]
    gap_of(connect(random=iter([0.0, 1.0, 0.25, 1.0, 1.0]).__next__))
    assert clock.slept == [0.0, 1.0, 0.5, 4.0, 8.0]


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ({"X-RateLimit-Reset": "7"}, 7.5),
        ({"Retry-After": "9"}, 9.5),
        ({"X-RateLimit-Reset": "7", "Retry-After": "9"}, 9.5),
        ({"X-RateLimit-Reset": "90", "Retry-After": "9"}, 90.5),
        ({}, 0.25),
        ({"X-RateLimit-Reset": "soon", "Retry-After": "-1"}, 0.25),
    ],
)
def test_a_rate_limit_is_waited_for(
    server: Server, connect: Connect, clock: Clock, given: dict[str, str], wait: float
) -> None:
    server.replies[MONITORS] = [Reply(429, b"", given), Reply(200, [1])]
    assert connect().call("v1.list_monitors", what="monitor") == [1]
    assert clock.slept == [wait]


@pytest.mark.parametrize("given", [{"X-RateLimit-Reset": "3000"}, {"Retry-After": "3000"}])
def test_a_rate_limit_that_is_too_long_is_given_up_at_once(
    server: Server, connect: Connect, clock: Clock, given: dict[str, str]
) -> None:
    server.replies[MONITORS] = [Reply(429, b"", {"X-RateLimit-Name": "monitors\x1b"} | given)]
    connection = connect()
    gap = gap_of(connection)
    assert gap.cause is Cause.RATE_LIMITED
    assert gap.hint == "run again in 3,000 seconds: GET /api/v1/monitor is refused by the rate limit monitors␛"
    gap = gap_of(connection)
    assert gap.cause is Cause.RATE_LIMITED
    assert "costguard's share of the rate limit monitors␛ is used up" in gap.hint
    assert (len(server.requests), clock.slept) == (1, [])


def test_a_refused_connection_is_a_gap(connect: Connect, clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        connection = connect(api_url=f"http://127.0.0.1:{port}")
        gap = gap_of(connection)
    assert gap.cause is Cause.UNREACHABLE
    assert gap.hint.startswith(f"127.0.0.1:{port} cannot be reached: no connection is accepted; ")
    assert (connection.requests, len(clock.slept)) == (6, 5)


def test_a_silent_server_is_a_gap(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = connect(
            api_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=(5, 0.05), patience=Patience(tries=2)
        )
        gap = gap_of(connection)
    assert (gap.cause, connection.requests) == (Cause.UNREACHABLE, 2)
    assert "it took too long to answer" in gap.hint


def test_what_speaks_no_tls_is_a_gap(server: Server, connect: Connect) -> None:
    gap = gap_of(connect(api_url=server.url.replace("http://", "https://"), patience=Patience(tries=2)))
    assert (gap.cause, server.requests) == (Cause.UNREACHABLE, [])
    assert "TLS could not be set up" in gap.hint


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_keys_follow_no_redirect(server: Server, connect: Connect, status: int) -> None:
    with Server() as other:
        other.replies[MONITORS] = [Reply(200, [1])]
        server.replies[MONITORS] = [Reply(status, {}, {"Location": f"{other.url}{MONITORS}"})]
        assert gap_of(connect()).cause is Cause.FAILED
        assert other.requests == []
        server.replies[MONITORS] = [Reply(status, {}, {"Location": "/api/v1/validate"})]
        assert gap_of(connect()).cause is Cause.FAILED
    assert {request.path for request in server.requests} == {MONITORS}


def echo(request: Request) -> Reply:
    """A proxy that shows the request that it did not like."""
    return Reply(400, "\n".join(f"{name}: {value}" for name, value in request.headers.items()).encode())


def nested(request: Request) -> Reply:
    return Reply(403, {"errors": [{"title": "Invalid", "detail": f"key {request.headers['dd-api-key']} is not known"}]})


@pytest.mark.parametrize(
    "script",
    [
        *([Reply(status, text("no"))] for status in (302, 400, 401, 403, 404, 429, 500)),
        [Reply(hang_up="reset")],
        [Reply(200, b"<html>")],
        [Reply(429, b"", {"X-RateLimit-Reset": "3000"})],
        [Reply(504, b"\xff")],
        echo,
        nested,
    ],
)
def test_keys_show_nowhere(server: Server, connect: Connect, script: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connection = connect()
    for name in ("urllib3", "datadog_api_client"):
        caplog.set_level(logging.DEBUG, logger=name)
    server.replies[MONITORS] = server.replies["/api/v1/validate"] = script
    seen = [repr(connection), str(connection)]
    for ask in (lambda: connection.call("v1.list_monitors", what="monitor"), connection.validate):
        with pytest.raises(Unreadable) as caught:
            ask()
        error: BaseException | None = caught.value
        seen += traceback.format_exception(caught.value)
        while error is not None:
            seen += [str(error), repr(error), repr(error.args), repr(vars(error))]
            error = error.__cause__ or error.__context__
    seen += [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    assert server.requests
    assert not [each for each in seen if API_KEY in each or APP_KEY in each]


def test_the_environment_of_the_official_client_changes_nothing(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DD_SITE": "evil.example", "DD_API_KEY": "other", "DD_APP_KEY": "other"}.items():
        monkeypatch.setenv(name, value)
    server.replies[MONITORS] = [Reply(200, [])]
    connection = connect()
    connection.call("v1.list_monitors", what="monitor")
    assert server.requests[0].headers["dd-api-key"] == API_KEY
    assert connect(OrgSettings(name="main", site="datadoghq.eu"), api_url=None).url == "https://api.datadoghq.eu"


SITE_PAGES = {
    "datadoghq.com": "https://app.datadoghq.com",
    "us3.datadoghq.com": "https://us3.datadoghq.com",
    "us5.datadoghq.com": "https://us5.datadoghq.com",
    "ap1.datadoghq.com": "https://ap1.datadoghq.com",
    "ap2.datadoghq.com": "https://ap2.datadoghq.com",
    "uk1.datadoghq.com": "https://uk1.datadoghq.com",
    "datadoghq.eu": "https://app.datadoghq.eu",
    "ddog-gov.com": "https://app.ddog-gov.com",
    "us2.ddog-gov.com": "https://us2.ddog-gov.com",
}


@pytest.mark.parametrize(("site", "pages"), SITE_PAGES.items())
def test_sites(connect: Connect, site: str, pages: str) -> None:
    connection = connect(OrgSettings(name="main", site=site), api_url=None)
    assert (connection.url, connection.site) == (f"https://api.{site}", site)
    assert connection.api_host == f"api.{site}"
    assert connection.app_url("/dashboard/a%20b?x=1#y") == f"{pages}/dashboard/a%20b?x=1#y"
    assert connection.app_url("monitors/1") == f"{pages}/monitors/1"


def test_the_settings_know_the_sites_that_the_official_client_knows() -> None:
    from datadog_api_client import Configuration

    variables = Configuration().get_host_settings()[0]["variables"]
    assert set(variables["site"]["enum_values"]) == set(SITES) == set(SITE_PAGES)


def one_line(error: BaseException) -> str:
    message = str(error)
    assert "\n" not in message
    assert API_KEY not in message
    assert APP_KEY not in message
    return message


def test_an_unknown_site_is_an_error(connect: Connect) -> None:
    org = OrgSettings.model_construct(name="main", site="datadog\n.example", api_key_env="A", app_key_env="B")
    with pytest.raises(ClientError) as caught:
        connect(org)
    assert "datadog␊.example is not a Datadog site" in one_line(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.example",
        "https://proxy.example:8443/datadog/",
        "https://10.0.0.1",
        "https://[2001:db8::1]:8443",
        "http://localhost:8126",
        "http://127.0.0.1:8126",
        "http://127.8.9.10",
        "http://[::1]:8126",
    ],
)
def test_addresses_that_keys_may_be_sent_to(connect: Connect, url: str) -> None:
    assert connect(api_url=url).url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "proxy.example",
        "ftp://proxy.example",
        "http://proxy.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
        "http://2130706433",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1\\@evil.example",
        "http://127.0.0.1#@evil.example",
        "http://[::1]evil.example",
        "https://user:secret@proxy.example",
        "https://proxy.example/?token=secret",
        "https://proxy.example/#secret",
        "https://proxy.example:0",
        "https://proxy.example:99999",
        "https://proxy.example:port",
        "https://proxy example",
        "https://proxy.example/\n",
        "https://",
    ],
)
def test_addresses_that_keys_are_not_sent_to(connect: Connect, url: str) -> None:
    with pytest.raises(ClientError) as caught:
        connect(api_url=url)
    message = one_line(caught.value)
    assert message.startswith("--api-url, COSTGUARD_API_URL or api_url: ")
    assert "secret" not in message


@pytest.mark.parametrize("key", ["", " ", "a\nb", "a\r\nX-Injected: 1", "schlüssel", "a\x00", " padded"])
def test_what_is_no_key_is_refused_without_being_shown(key: str) -> None:
    for keys in (Keys(api=key, app=APP_KEY), Keys(api=API_KEY, app=key)):
        with pytest.raises(ClientError) as caught:
            Connection(OrgSettings(name="main"), keys)
        message = one_line(caught.value)
        assert message == "organisation main: DD_API_KEY or DD_APP_KEY does not hold a key; copy it again"


def proxied(server: Server, env: Mapping[str, str]) -> list[Request]:
    """What comes to the server as a proxy that lets nothing through."""
    keys = Keys(api=API_KEY, app=APP_KEY)
    with Connection(OrgSettings(name="main"), keys, env=env, patience=Patience(tries=1), timeout=(5, 5)) as connection:
        gap = gap_of(connection)
    assert gap.cause is Cause.UNREACHABLE
    assert "the proxy does not let through" in gap.hint
    return server.requests


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_the_proxy_of_the_environment(server: Server, name: str) -> None:
    (request,) = proxied(server, {name: server.url, "NO_PROXY": "x.example,doghq.com,datadoghq.com:80"})
    assert (request.method, request.path) == ("CONNECT", "api.datadoghq.com:443")
    assert not any(API_KEY in value or APP_KEY in value for value in request.headers.values())


def test_a_proxys_password_goes_to_the_proxy_and_into_no_message(server: Server) -> None:
    env = {"HTTPS_PROXY": server.url.replace("http://", "http://user:p%40ss@")}
    (request,) = proxied(server, env)
    assert request.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    with pytest.raises(ClientError) as caught:
        Connection(OrgSettings(name="main"), Keys(api=API_KEY, app=APP_KEY), env={"HTTPS_PROXY": "socks5://u:p@x"})
    assert "u:p" not in one_line(caught.value)


@pytest.mark.parametrize("excluded", ["*", "127.0.0.1", "x.example, 127.0.0.1", ".0.0.1", "127.0.0.1:PORT"])
@pytest.mark.parametrize("address", ["https://192.0.2.1", "https://localhost", "http://127.0.0.1"])
def test_no_proxy_is_used_where_none_is_wanted(excluded: str, address: str) -> None:
    from costguard.datadog.proxies import proxy_for

    env = {"HTTPS_PROXY": "http://proxy:1", "https_proxy": "http://proxy:1", "HTTP_PROXY": "http://proxy:1"}
    if address == "https://192.0.2.1":
        assert proxy_for(address, env) is not None
        excluded = excluded.replace("127", "192").replace("0.0.1", "0.2.1").replace("PORT", "443")
        env["NO_PROXY"] = excluded
    assert proxy_for(address, env) is None


VALIDATE, VALIDATE_KEYS = "/api/v1/validate", "/api/v2/validate_keys"


@pytest.mark.parametrize(
    ("api", "both"),
    [
        (Reply(200, {"valid": True}), Reply(200, {"status": "ok"})),
        (Reply(200, {"valid": True}), Reply(404, text("Not found"))),
    ],
)
def test_keys_that_are_known(server: Server, connect: Connect, api: Reply, both: Reply) -> None:
    server.replies |= {VALIDATE: [api], VALIDATE_KEYS: [both]}
    connect().validate()
    assert [request.path for request in server.requests] == [VALIDATE, VALIDATE_KEYS]


@pytest.mark.parametrize(
    ("api", "both", "words"),
    [
        (Reply(403, text("API key required")), Reply(200), "the API key of organisation main"),
        (Reply(403, text("Forbidden")), Reply(200), "check DD_API_KEY and the site"),
        (Reply(401, text("Unauthorized")), Reply(200), "the API key of organisation main"),
        (Reply(200, {"valid": False}), Reply(200), "the API key of organisation main"),
        (Reply(200), Reply(403, text("Forbidden")), "the application key of organisation main on datadoghq.com"),
        (Reply(200), Reply(401, b""), "check DD_APP_KEY and the site"),
    ],
)
def test_keys_that_are_refused(server: Server, connect: Connect, api: Reply, both: Reply, words: str) -> None:
    server.replies |= {VALIDATE: [api], VALIDATE_KEYS: [both]}
    with pytest.raises(KeysRefused) as caught:
        connect().validate()
    assert caught.value.gap.what == "keys"
    assert words in caught.value.gap.hint


@pytest.mark.parametrize(
    ("api", "both", "cause"),
    [
        (Reply(404), Reply(200), Cause.NOT_AVAILABLE),
        (Reply(500), Reply(200), Cause.FAILED),
        (Reply(200), Reply(500), Cause.FAILED),
        (Reply(hang_up="reset"), Reply(200), Cause.UNREACHABLE),
    ],
)
def test_keys_that_cannot_be_asked_about(
    server: Server, connect: Connect, api: Reply, both: Reply, cause: Cause
) -> None:
    server.replies |= {VALIDATE: [api], VALIDATE_KEYS: [both]}
    with pytest.raises(Unreadable) as caught:
        connect().validate()
    assert not isinstance(caught.value, KeysRefused)
    assert caught.value.gap.cause is cause


def test_pages_through_a_connection(server: Server, connect: Connect) -> None:
    def tests(request: Request) -> Reply:
        page = int(request.query["page_number"])
        return Reply(200, {"tests": [{"public_id": f"{page}-{place}"} for place in range(3 - page)]}, gzipped=True)

    server.replies["/api/v1/synthetics/tests"] = tests
    connection = connect()
    listed = by_number(
        lambda page: connection.call("v1.list_tests", query={"page_size": 3, **page}, what="synthetic_test"),
        org="main",
        what="synthetic_test",
        items="tests",
        key=lambda test: test["public_id"],
        number="page_number",
    )
    assert [test["public_id"] for test in listed] == ["0-0", "0-1", "0-2", "1-0", "1-1", "2-0"]
    assert connection.requests == 4


def test_many_workers_share_connections_and_limits(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    workers, calls = 8, 6
    clock = Clock(workers)
    bucket = Bucket(clock, 10, 10)

    def answer(_: Request) -> Reply:
        given = bucket.take()
        return Reply(200, [], {name.replace("x-ratelimit", "X-RateLimit"): value for name, value in given.items()})

    server.replies[MONITORS] = answer
    connection = connect(sleep=clock.sleep, clock=clock)

    def work() -> None:
        for _ in range(calls):
            connection.call("v1.list_monitors", what="monitor")

    with caplog.at_level(logging.WARNING):
        together(workers, clock, work)
    assert connection.requests == sum(bucket.ours.values()) == workers * calls
    assert max(bucket.ours.values()) == 5
    assert server.connections <= workers
    assert caplog.records == []


def test_a_failing_worker_does_not_stop_the_others(server: Server, connect: Connect) -> None:
    # Each thread's first request is a first one: all of them break off, none may be left waiting.
    clock = Clock(4)
    server.replies[MONITORS] = [Reply(hang_up="reset")]
    connection = connect(sleep=clock.sleep, clock=clock)
    causes: Counter[Cause] = Counter()
    lock = threading.Lock()

    def work() -> None:
        gap = gap_of(connection)
        with lock:
            causes[gap.cause] += 1

    together(4, clock, work)
    assert causes == {Cause.UNREACHABLE: 4}


def test_limits_that_headers_state_are_kept(server: Server, connect: Connect, clock: Clock) -> None:
    given = {name.title(): value for name, value in headers("monitors", 4, 3, 60, 20).items()}
    server.replies[MONITORS] = [Reply(200, [], given)]
    connection = connect()
    for _ in range(3):
        connection.call("v1.list_monitors", what="monitor")
    assert clock.slept == [20.5]


def test_close_closes(server: Server, connect: Connect) -> None:
    server.replies[MONITORS] = [Reply(200, [])]
    with connect() as connection:
        connection.call("v1.list_monitors", what="monitor")
        assert not server.gone.acquire(blocking=False)
    assert server.gone.acquire(timeout=10)
    assert server.connections == 1
