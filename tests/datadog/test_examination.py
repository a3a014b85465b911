"""What an organisation's keys can do, as Datadog's answers tell it: by the key's scopes, by trying, or not at all."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from costguard.datadog.client import Connection, KeysRefused
from costguard.datadog.collectors import collectors
from costguard.datadog.examination import Examined, KeyState, examine, examine_all
from costguard.datadog.operations import OPERATIONS
from costguard.datadog.probes import Source, probes
from costguard.datadog.scopes import KeyScopes, read_owner, read_scopes
from costguard.levels import LEVELS, OWN_SCOPES, PROPOSED, SCOPES, proposed
from costguard.settings import Keys, OrgSettings
from costguard.simulator import Faults, Simulator
from tests.datadog.server import Reply, Request, Server

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
USER = "/api/v2/current_user"
KEYS = "/api/v2/current_user/application_keys"
DASHBOARDS = "/api/v1/dashboard"
ENDING = "wxyz"
OTHERS = (USER, KEYS, "/api/v1/validate", "/api/v2/validate_keys", "/usage/", "cost_by_tag/monthly")
"""What is asked besides the probes."""


def connection(url: str, *, name: str = "main", keys: Keys | None = None, **org: Any) -> Connection:
    """A connection that does not wait before it asks again."""
    keys = keys or Keys(api="an-api-key", app=f"an-application-key-{ENDING}")
    settings = OrgSettings(name=name, **org)
    return Connection(settings, keys, api_url=url, sleep=lambda _: None, env={})


def of(sim: Simulator, number: int = 0, **org: Any) -> Connection:
    """A connection to one of a simulator's organisations."""
    about = sim.orgs[number]
    return connection(sim.url, name=about.name, keys=Keys(api=about.api_key, app=about.app_key), **org)


def examined(sim: Simulator, number: int = 0, **org: Any) -> Examined:
    with of(sim, number, **org) as opened:
        return examine(opened, SCOPES, NOW)


def granted(found: Examined) -> dict[str, bool | None]:
    return {each.permission: each.granted for each in found.verdicts.values()}


def sources(found: Examined) -> set[Source | None]:
    return {each.source for each in found.verdicts.values()}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_everything_that_a_collector_asks_for_is_judged_and_can_be_tried() -> None:
    asked = {permission for each in collectors() for permission in each.permissions}
    assert asked <= set(SCOPES)
    assert set(probes(NOW)) == set(SCOPES)
    assert set(OWN_SCOPES) <= asked - {scope for level in LEVELS for scope in level.scopes}


@pytest.mark.parametrize("permission", SCOPES)
def test_a_probe_reads_and_one_of_them_needs_its_permission_alone(permission: str) -> None:
    operations = [OPERATIONS[ask.operation] for ask in probes(NOW)[permission]]
    assert all(each.method == "GET" and permission in each.permissions for each in operations)
    assert operations[0].permissions == (permission,)


def test_a_child_is_not_asked_for_what_only_levels_of_the_parent_need() -> None:
    assert proposed(parent=True) == PROPOSED
    assert set(proposed(parent=False)) == {each for level in LEVELS[1:-1] for each in level.scopes} | set(OWN_SCOPES)
    assert "logs_read_data" not in PROPOSED


@pytest.mark.parametrize("number", [0, 1], ids=["parent", "child"])
@pytest.mark.parametrize("permission", SCOPES)
def test_trying_tells_exactly_what_is_missing(permission: str, number: int) -> None:
    with Simulator(now=NOW, forbid={permission, "user_app_keys"}) as sim:
        found = examined(sim, number)
    assert granted(found) == {each: each != permission for each in SCOPES}
    assert sources(found) == {Source.PROBE}
    assert found.key.scoped is None


@pytest.mark.parametrize("number", [0, 1], ids=["parent", "child"])
@pytest.mark.parametrize("carried", [(), ("usage_read", "monitors_read"), SCOPES], ids=["none", "two", "all"])
def test_scopes_and_trying_agree(carried: tuple[str, ...], number: int) -> None:
    name = ("larkspur", "larkspur-payments")[number]
    with Simulator(now=NOW, scopes={name: {*carried, "user_app_keys"}}) as sim:
        by_scopes = examined(sim, number)
    with Simulator(now=NOW, scopes={name: carried}) as sim:
        by_trying = examined(sim, number)
    assert (by_scopes.key.scoped, by_trying.key.scoped) == (True, None)
    assert (sources(by_scopes), sources(by_trying)) == ({Source.SCOPES}, {Source.PROBE})
    assert granted(by_scopes) == granted(by_trying) == {each: each in carried for each in SCOPES}


def test_an_unscoped_key_is_believed_and_nothing_is_tried() -> None:
    with Simulator(now=NOW) as sim:
        found = examined(sim)
        tried = [each.path for each in sim.requests if not any(known in each.path for known in OTHERS)]
    assert found.key == KeyScopes(False)
    assert set(granted(found).values()) == {True}
    assert tried == []


def test_what_no_role_allows_is_tried_and_the_role_is_named() -> None:
    with Simulator(now=NOW, forbid={"dashboards_read"}) as sim:
        found = examined(sim)
        tried = [each.path for each in sim.requests if not any(known in each.path for known in OTHERS)]
    assert tried == [DASHBOARDS]
    verdict = found.verdicts["dashboards_read"]
    assert (verdict.granted, verdict.source) == (False, Source.PROBE)
    assert "role" in verdict.why


def key(last4: str, scopes: object, identity: str = "1") -> dict[str, Any]:
    return {"type": "application_keys", "id": identity, "attributes": {"last4": last4, "scopes": scopes}}


def pages(*listed: list[dict[str, Any]]) -> Callable[[Request], Reply]:
    """The pages of a list that ends."""

    def page(request: Request) -> Reply:
        number = int(request.query["page[number]"])
        return Reply(body={"data": listed[number] if number < len(listed) else []})

    return page


SCOPE_ANSWERS: dict[str, tuple[Callable[[Request], Reply], bool | None, set[str]]] = {
    "unscoped": (pages([key("abcd", ["a_read"]), key(ENDING, None, "2")]), False, set()),
    "scoped": (pages([key(ENDING, ["a_read", "b_read"])]), True, {"a_read", "b_read"}),
    "scoped to nothing": (pages([key(ENDING, [])]), True, set()),
    "on the second page": (pages([key("abcd", None)], [key(ENDING, ["a_read"], "2")]), True, {"a_read"}),
    "two that end alike, with the same scopes": (
        pages([key(ENDING, ["a_read"]), key(ENDING, ["a_read"], "2")]),
        True,
        {"a_read"},
    ),
    "two that end alike, one of them unscoped": (
        pages([key(ENDING, ["a_read"])], [key(ENDING, None, "2")]),
        None,
        set(),
    ),
    "not in the list": (pages([key("abcd", None)]), None, set()),
    "scopes of another shape": (pages([key(ENDING, "all")]), None, set()),
    "no attributes": (pages([{"id": "1"}]), None, set()),
    "a list without an end": (lambda _: Reply(body={"data": [key(ENDING, None)]}), None, set()),
    "another shape": (lambda _: Reply(body=[]), None, set()),
    "not to be listed": (lambda _: Reply(403, {"errors": ["Forbidden"]}), None, set()),
    "not offered": (lambda _: Reply(404, {"errors": ["Not found"]}), None, set()),
}


@pytest.mark.parametrize("case", SCOPE_ANSWERS)
def test_what_the_list_of_keys_tells_of_the_scopes(server: Server, case: str) -> None:
    script, scoped, scopes = SCOPE_ANSWERS[case]
    server.replies[KEYS] = script
    with connection(server.url) as org:
        found = read_scopes(org)
    assert found.scoped is scoped
    assert found.scopes == frozenset(scopes)
    assert bool(found.why) == (scoped is None)
    assert ENDING not in found.why
    assert not any(ENDING in str(request.query) for request in server.requests)


def included(*permissions: str, role: bool = True) -> dict[str, Any]:
    links = [{"type": "permissions", "id": each} for each in permissions]
    roles = [{"type": "roles", "id": "r", "relationships": {"permissions": {"data": links}}}] if role else []
    names = [{"type": "permissions", "id": each, "attributes": {"name": each}} for each in (*permissions, "stray")]
    org = {"type": "orgs", "id": "o", "attributes": {"public_id": "abc", "name": "Main"}}
    return {"included": [*roles, *names, org]}


@pytest.mark.parametrize(
    ("reply", "permissions", "public_id"),
    [
        (Reply(body=included("a_read", "b_read")), {"a_read", "b_read"}, "abc"),
        (Reply(body=included()), None, "abc"),
        (Reply(body=included("a_read", role=False)), None, "abc"),
        (Reply(body={"included": None}), None, None),
        (Reply(body={"included": [None, {"type": "roles"}, {"type": "permissions", "id": []}]}), None, None),
        (Reply(body=[]), None, None),
        (Reply(403, {"errors": ["Forbidden"]}), None, None),
        (Reply(404), None, None),
    ],
)
def test_what_the_roles_allow(
    server: Server, reply: Reply, permissions: set[str] | None, public_id: str | None
) -> None:
    server.replies[USER] = [reply]
    with connection(server.url) as org:
        owner = read_owner(org)
    assert (owner.permissions, owner.public_id) == (permissions, public_id)


def working(replies: Mapping[str, Reply]) -> dict[str, Any]:
    """A server's replies where the keys are accepted."""
    accepted = {"/api/v1/validate": [Reply(body={"valid": True})], "/api/v2/validate_keys": [Reply(body={})]}
    return accepted | {path: [reply] for path, reply in replies.items()}


@pytest.mark.parametrize(
    ("reply", "said", "why"),
    [
        (Reply(body={"dashboards": []}), True, ""),
        (Reply(403, {"errors": ["Forbidden"]}), False, ""),
        (Reply(404, {"errors": ["Not found"]}), None, "GET /api/v1/dashboard is not there"),
        (Reply(400, {"errors": ["Data is only available at the root level org, API called with non-parent org keys"]}),
         None, "use the parent organisation's keys"),
        (Reply(429, {}, {"X-RateLimit-Reset": "4000"}), None, "run again in 4,000 seconds"),
        (Reply(500), None, "answered 500"),
        (Reply(body=b"<html>"), None, "check the site"),
        (Reply(hang_up="reset"), None, "cannot be reached"),
    ],
)  # fmt: skip
def test_what_an_answer_says_of_a_permission(server: Server, reply: Reply, said: bool | None, why: str) -> None:
    server.replies = working({DASHBOARDS: reply})
    with connection(server.url) as org:
        found = examine(org, ["dashboards_read"], NOW)
    verdict = found.verdicts["dashboards_read"]
    assert verdict.granted is said
    assert why in verdict.why
    assert bool(verdict.why) == (said is None)
    assert verdict.source is (None if said is None else Source.PROBE)


def test_where_one_call_does_not_tell_another_is_tried(server: Server) -> None:
    only_parents = Reply(400, {"errors": ["API called with non-parent org keys"]})
    first, second = "/api/v2/cost_by_tag/active_billing_dimensions", "/api/v1/usage/top_avg_metrics"
    for reply, said in ((Reply(), True), (Reply(403), False)):
        server.replies = working({first: only_parents, second: reply})
        with connection(server.url) as org:
            assert examine(org, ["usage_read"], NOW).verdicts["usage_read"].granted is said


BILLING = ("/api/v2/synthetics/settings/on_demand_concurrency_cap", "/api/v2/usage/projected_cost")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(200, 403, True), (403, 200, False), (404, 200, True), (404, 403, None), (404, 404, None)],
)
def test_a_refusal_of_a_call_that_needs_more_says_nothing(
    server: Server, first: int, second: int, said: bool | None
) -> None:
    server.replies = working(dict(zip(BILLING, (Reply(first), Reply(second)), strict=True)))
    with connection(server.url) as org:
        assert examine(org, ["billing_read"], NOW).verdicts["billing_read"].granted is said


def test_a_permission_that_costguard_cannot_try_is_unknown(server: Server) -> None:
    server.replies = working({})
    with connection(server.url) as org:
        verdict = examine(org, ["made_up_read"], NOW).verdicts["made_up_read"]
    assert (verdict.granted, verdict.source) == (None, None)
    assert verdict.why


@pytest.mark.parametrize("path", [USER, KEYS, DASHBOARDS])
def test_keys_may_be_refused_at_any_moment(server: Server, path: str) -> None:
    server.replies = working({path: Reply(401, {"errors": ["Unauthorized"]})})
    with connection(server.url) as org, pytest.raises(KeysRefused):
        examine(org, ["dashboards_read"], NOW)


@pytest.mark.parametrize(
    ("number", "declared", "forbid", "parent"),
    [
        (0, None, (), True),
        (1, None, (), False),
        (0, False, (), True),
        (1, True, (), False),
        (0, None, ("usage_read",), None),
        (0, True, ("usage_read",), True),
        (1, False, ("usage_read",), False),
    ],
)
def test_who_is_the_parent_is_found_out(
    number: int, declared: bool | None, forbid: tuple[str, ...], parent: bool | None
) -> None:
    with Simulator(now=NOW, forbid=forbid) as sim:
        assert examined(sim, number, parent=declared).is_parent is parent


def test_the_parent_knows_the_other_organisations() -> None:
    with Simulator(now=NOW) as sim:
        known = examined(sim, 0).organisations.value
        assert known == {each.public_id: each.name for each in sim.orgs[1:]}
        assert examined(sim, 1).organisations.value is None
    with Simulator(now=NOW, faults=Faults(empty_month=True)) as sim:
        assert examined(sim, 0).organisations.value == known


@pytest.mark.parametrize("site", ["datadoghq.com", "ddog-gov.com"])
def test_cost_attribution_is_not_offered_on_every_site(site: str) -> None:
    with Simulator(now=NOW) as sim:
        found = examined(sim, 0, site=site)
        assert found.cost_attribution.value is (site == "datadoghq.com")
        asked = [each for each in sim.requests if "cost_attribution" in each.path]
        assert bool(asked) == (site == "datadoghq.com")
        assert examined(sim, 1, site=site).cost_attribution.value is None


ATTRIBUTION = "/api/v1/usage/monthly-attribution"


@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        (Reply(body={"usage": [{"tag_config_source": "Main: a:::b:::team///env"}]}), ("team", "env")),
        (Reply(body={"usage": [{"tag_config_source": "Main:::service"}]}), ("service",)),
        (Reply(body={"usage": [{"tag_config_source": None}, {"tag_config_source": "Main:::"}]}), ()),
        (Reply(body={"usage": [{}]}), ()),
        (Reply(body={"usage": []}), None),
        (Reply(body={"usage": {}}), None),
        (Reply(403, {"errors": ["Forbidden"]}), None),
        (Reply(404), None),
    ],
)
def test_which_tags_usage_attribution_is_configured_for(
    server: Server, reply: Reply, tags: tuple[str, ...] | None
) -> None:
    server.replies = working({ATTRIBUTION: reply})
    with connection(server.url) as org:
        told = examine(org, [], NOW).tags
    assert told.value == tags
    assert bool(told.why) == (tags is None)


def test_organisations_are_asked_at_the_same_time() -> None:
    both = Barrier(2, timeout=60)

    def meet(_: Request) -> Reply:
        both.wait()
        return Reply(body={"valid": True})

    with Server() as first, Server() as second:
        opened = [connection(each.url, name=each.url[-5:]) for each in (first, second)]
        for each in (first, second):
            each.replies = working({DASHBOARDS: Reply()}) | {"/api/v1/validate": meet}
        found = examine_all(opened, ["dashboards_read"], NOW)
        for org in opened:
            org.close()
    assert [each.org for each in found] == [org.org for org in opened]
    assert [granted(each) for each in found] == [{"dashboards_read": True}] * 2


class Defective(Connection):
    """A connection with a defect that nobody has thought of."""

    def validate(self) -> None:
        """Fails."""
        raise ZeroDivisionError


def test_a_broken_organisation_costs_only_its_own_facts() -> None:
    with Simulator(now=NOW) as sim:
        refused = connection(sim.url, name="refused", keys=Keys(api="unknown-key", app="unknown-key"))
        unreachable = connection("http://127.0.0.1:9", name="unreachable")
        defective = Defective(OrgSettings(name="defective"), Keys(api="a", app="b"), api_url=sim.url)
        good = of(sim, 0)
        opened = [refused, unreachable, defective, good]
        found = examine_all(opened, SCOPES, NOW)
        for each in opened:
            each.close()
    assert [each.keys for each in found] == [
        KeyState.REFUSED,
        KeyState.UNREACHABLE,
        KeyState.NOT_TRIED,
        KeyState.ACCEPTED,
    ]
    assert [set(granted(each).values()) for each in found] == [{False}, {None}, {None}, {True}]
    assert [bool(each.failure) for each in found] == [True, True, True, False]


def test_nobody_to_ask_is_no_error() -> None:
    assert examine_all([], SCOPES, NOW) == ()
