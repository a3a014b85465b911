"""How an hour of a node divides into what pods used, what they held idle, and what nobody held."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.errors import CostguardError
from costguard.kubernetes import kubernetes_statement
from costguard.kubernetes_statements import FORMATS
from costguard.model.kubernetes import Level
from costguard.model.usage import KubernetesUsage
from costguard.settings import Settings
from costguard.store import RunOrg, Store
from tests.kubernetes.rows import (
    GB,
    HOUR,
    LEVELS,
    MONTH,
    NOW,
    Node,
    Pod,
    count,
    hours,
    open_store,
    parts,
    settings,
    write,
)

D = Decimal

Thing = Node | Pod | KubernetesUsage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


CASES: list[tuple[str, list[Thing], dict[str, tuple[str | None, str | None, str | None]]]] = [
    # The node costs $1 an hour: $0.60 for 4 cores, $0.40 for 16 GB.
    ("a node without pods", [Node()], {"": (None, None, "1")}),
    (
        "more is requested than used: the request is charged",
        [Node(), Pod(cpu=(3, 1), memory=(8 * GB, 4 * GB))],
        {"web/shop/p1": ("0.25", "0.4", None), "": (None, None, "0.35")},
    ),
    (
        "more is used than requested: the use is charged",
        [Node(), Pod(cpu=(3, 4), memory=(4 * GB, 8 * GB))],
        {"web/shop/p1": ("0.8", "0", None), "": (None, None, "0.2")},
    ),
    (
        "nothing is requested",
        [Node(), Pod(cpu=(None, 1), memory=(None, 4 * GB))],
        {"web/shop/p1": ("0.25", "0", None), "": (None, None, "0.75")},
    ),
    (
        "use that was not seen is not called idle",
        [Node(), Pod(cpu=(2, None), memory=(4 * GB, GB))],
        {"web/shop/p1": ("0.325", "0.075", None), "": (None, None, "0.6")},
    ),
    (
        "requests beyond the node are shared in proportion",
        [Node(), Pod("a", cpu=(6, 3)), Pod("b", cpu=(2, 0))],
        {"web/shop/a": ("0.225", "0.225", None), "web/shop/b": ("0", "0.15", None), "": (None, None, "0.4")},
    ),
    (
        "use beyond the node is too",
        [Node(), Pod("a", cpu=(1, 6)), Pod("b", cpu=(2, 1))],
        {"web/shop/a": ("0.45", "0", None), "web/shop/b": ("0.075", "0.075", None), "": (None, None, "0.4")},
    ),
    (
        "a pod that began a quarter of an hour before the end",
        [Node(), Pod(cpu=(4, 2), uptime=(0, 840))],
        {"web/shop/p1": ("0.075", "0.075", None), "": (None, None, "0.85")},
    ),
    (
        "its first report came half a minute after it began",
        [Node(), Pod(cpu=(4, 4), uptime=(30, 810))],
        {"web/shop/p1": ("0.145", "0", None), "": (None, None, "0.855")},
    ),
    (
        "a pod that ended after half an hour",
        [Node(), Pod(cpu=(4, 2), uptime=(7200, 8940))],
        {"web/shop/p1": ("0.15", "0.15", None), "": (None, None, "0.7")},
    ),
    (
        "a pod that lived all the hour",
        [Node(), Pod(cpu=(4, 2), uptime=(7200, 10785))],
        {"web/shop/p1": ("0.3", "0.3", None), "": (None, None, "0.4")},
    ),
    (
        "only its containers tell their uptime",
        [Node(), Pod(cpu=(4, 2), container_uptime=(0, 840))],
        {"web/shop/p1": ("0.075", "0.075", None), "": (None, None, "0.85")},
    ),
    (
        "the pod's uptime counts before that of its containers",
        [Node(), Pod(cpu=(4, 2), uptime=(7200, 10785), container_uptime=(0, 840))],
        {"web/shop/p1": ("0.3", "0.3", None), "": (None, None, "0.4")},
    ),
    (
        "a pod of nobody's is its own workload",
        [Node(), Pod("debug", cpu=(1, 1), workload=("", ""))],
        {"web/debug/debug": ("0.15", "0", None), "": (None, None, "0.85")},
    ),
    (
        "a pod that is only known to be there takes no part",
        [Node(), Pod(uptime=(7200, 10785))],
        {"": (None, None, "1")},
    ),
    (
        "two hours, one of them busy",
        [*hours(Node(), 2), Pod(cpu=(4, 2))],
        {"web/shop/p1": ("0.3", "0.3", None), "": (None, None, "1.4")},
    ),
    (
        "an hour without a report of the node, which its pod proves",
        [Node(), Pod(cpu=(4, 2), hour=HOUR + timedelta(hours=1))],
        {"web/shop/p1": ("0.3", "0.3", None), "": (None, None, "1.4")},
    ),
    (
        "a pod that moves to another node",
        [Node("n1"), Node("n2"), Pod(cpu=(4, 2), uptime=(0, 840)), Pod(node="n2", cpu=(4, 2), uptime=(840, 1680))],
        {"web/shop/p1": ("0.15", "0.15", None), "": (None, None, "1.7")},
    ),
    (
        "a pod whose first minutes lacked the tag of its workload",
        [Node(), Pod(cpu=(4, 2)), Pod(cpu=(4, 2), workload=("", ""))],
        {"web/shop/p1": ("0.3", "0.3", None), "": (None, None, "0.4")},
    ),
    (
        "a node with GPUs: $0.95 for 2 of them, $0.03 for 4 cores, $0.02 for 16 GB",
        [Node(gpu=2), Pod(cpu=(4, 2), memory=(8 * GB, 8 * GB), gpu=1)],
        {"web/shop/p1": ("0.5", "0.015", None), "": (None, None, "0.485")},
    ),
    (
        "a pod without a GPU on such a node",
        [Node(gpu=2), Pod(cpu=(4, 2), memory=(8 * GB, 8 * GB))],
        {"web/shop/p1": ("0.025", "0.015", None), "": (None, None, "0.96")},
    ),
]


@pytest.mark.parametrize(("things", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_node_hour_divides(
    store: Store, things: list[Thing], expected: dict[str, tuple[str | None, str | None, str | None]]
) -> None:
    write(store, *things)
    statement = kubernetes_statement(store, settings(), MONTH, level=Level.POD)
    assert parts(statement) == {
        name: tuple(None if amount is None else D(amount) for amount in amounts) for name, amounts in expected.items()
    }
    assert sum((line.cost or D(0) for line in statement.lines), D(0)) == statement.node_cost


def test_every_level_tells_the_same_cost(store: Store) -> None:
    write(
        store,
        *(Node("n1"), Node("n2"), Node("x1", cluster="stage", kind="small")),
        Pod("a-1", cpu=(2, 1), memory=(4 * GB, 2 * GB)),
        Pod("a-2", node="n2", cpu=(1, 3), memory=(7 * GB, 3 * GB)),
        Pod("b-1", cpu=(1, 1), workload=("stateful_set", "shop")),
        Pod("c-1", node="n2", cpu=(1, 1), namespace="batch", workload=("job", "sum")),
        Pod("a-1", node="x1", cluster="stage", cpu=(1, 1)),
    )
    told = {
        level: kubernetes_statement(store, settings({"m6i.*": "0.7", "small": "0.1"}), MONTH, level=level)
        for level in LEVELS
    }
    for statement in told.values():
        assert statement.node_cost == D("1.5")
        assert (statement.used, statement.workload_idle, statement.cluster_idle) == (
            told[Level.POD].used,
            told[Level.POD].workload_idle,
            told[Level.POD].cluster_idle,
        )
        for name in ("used", "workload_idle", "cluster_idle", "cpu", "memory"):
            of = [
                sum((getattr(line, name) or D(0) for line in each.lines if line.cluster == "prod"), D(0))
                for each in told.values()
            ]
            assert len(set(of)) == 1, name
    assert [len(statement.lines) for statement in told.values()] == [2, 5, 6, 7]
    kinds = [(line.workload_kind, line.workload) for line in told[Level.WORKLOAD].lines if line.namespace == "web"]
    assert ("deployment", "shop") in kinds
    assert ("stateful_set", "shop") in kinds


def test_the_dearest_come_first_and_what_nobody_held_last(store: Store) -> None:
    write(
        store,
        *(Node("n1"), Node("x1", cluster="big", kind="big")),
        Pod("a", cpu=(1, 0), namespace="z", workload=("deployment", "small")),
        Pod("b", cpu=(2, 0), namespace="a", workload=("deployment", "one")),
        Pod("c", cpu=(1, 0), namespace="z", workload=("deployment", "large")),
        Pod("d", cpu=("0.5", 0), namespace="z", workload=("deployment", "large")),
    )
    statement = kubernetes_statement(store, settings({"big": "9", "m6i.xlarge": "1"}), MONTH)
    assert [(line.cluster, line.namespace, line.workload) for line in statement.lines] == [
        ("big", None, None),
        ("prod", "z", "large"),
        ("prod", "z", "small"),
        ("prod", "a", "one"),
        ("prod", None, None),
    ]


def test_a_node_without_a_price_is_unknown_and_in_no_amount(store: Store) -> None:
    write(
        store,
        *(Node("n1"), Node("n2", kind="x2.metal")),
        Pod("a", cpu=(4, 2)),
        Pod("a", node="n2", cpu=(4, 2), hour=HOUR + timedelta(hours=1)),
        Pod("b", node="n2", cpu=(4, 2), workload=("deployment", "other")),
    )
    statement = kubernetes_statement(store, settings({"m6i.xlarge": "1"}), MONTH)
    assert statement.node_cost == 1
    assert [(node.node, node.instance_type, node.hours, node.reason) for node in statement.unknown] == [
        ("n2", "x2.metal", 2, "no price")
    ]
    shop, other, idle = (
        next(line for line in statement.lines if line.workload == name) for name in ("shop", "other", None)
    )
    assert (shop.cost, shop.pod_hours, shop.unpriced_pod_hours) == (D("0.6"), D(2), D(1))
    assert (other.cost, other.used, other.pod_hours, other.unpriced_pod_hours) == (None, None, D(1), D(1))
    assert idle.cost == D("0.4")
    assert other.cpu_requested == 4, "what is known of it is told all the same"


@pytest.mark.parametrize("node", [Node(cpu=None), Node(memory=None)], ids=["cpu", "memory"])
def test_a_node_whose_capacity_is_not_known_is_unknown(store: Store, node: Node) -> None:
    write(store, node, Pod(cpu=(1, 1)))
    statement = kubernetes_statement(store, settings(), MONTH)
    assert [(node.node, node.reason) for node in statement.unknown] == [("n1", "no capacity")]
    assert (statement.node_cost, statement.used, statement.cluster_idle) == (None, None, None)


def test_quantities_are_told_beside_the_money(store: Store) -> None:
    write(store, Node(), Pod(cpu=(2, 1), memory=(4 * GB, 3 * GB), uptime=(0, 1740), traffic=(1_000_000, 500_000)))
    [line] = [line for line in kubernetes_statement(store, settings(), MONTH).lines if line.workload]
    assert (line.pod_hours, line.cpu_requested, line.cpu_used) == (D("0.5"), D(1), D("0.5"))
    assert (line.memory_requested, line.memory_used) == (D(2), D("1.5"))
    assert (line.received, line.sent) == (D("1.8"), D("0.9"))
    assert (line.cpu, line.memory, line.gpu) == (D("0.15"), D("0.05"), D(0))


def test_other_months_and_clusters_are_left_out(store: Store) -> None:
    write(
        store,
        *(Node("n1"), Node("n2", cluster="stage"), Node("n3", hour=HOUR - timedelta(days=20))),
        Pod(node="n2", cluster="stage", cpu=(1, 1)),
    )
    only = settings(clusters=["pro*"])
    assert [line.cluster for line in kubernetes_statement(store, only, MONTH).lines] == ["prod"]
    assert kubernetes_statement(store, only, MONTH).node_cost == 1
    assert kubernetes_statement(store, settings(), date(2026, 9, 1)).node_cost == 1


@pytest.mark.parametrize("month", [date(2026, 8, 1), date(2027, 10, 1)])
def test_a_month_that_was_not_read_is_no_month_without_cost(store: Store, month: date) -> None:
    write(store, Node(), Node(hour=HOUR + timedelta(days=30)))
    with pytest.raises(CostguardError) as error:
        kubernetes_statement(store, settings(), month)
    assert str(error.value) == (
        f"--month {month:%Y-%m}: the store has no metrics of Kubernetes of {month:%B %Y};"
        " it has October 2026, November 2026"
    )


def test_an_organisation_that_was_not_read_is_none_without_clusters(store: Store) -> None:
    write(store, Node())
    assert kubernetes_statement(store, settings(), MONTH, only="acme").node_cost == 1
    with pytest.raises(CostguardError, match=r"--org nope: the last run read acme; choose one of them"):
        kubernetes_statement(store, settings(), MONTH, only="nope")


def test_a_run_without_kubernetes_hides_nothing_that_an_earlier_one_read(store: Store) -> None:
    plain = RunOrg("acme", "datadoghq.com", None, None)
    with store.begin(NOW, "1") as run:
        run.org(plain)
    never = kubernetes_statement(store, settings(), MONTH)
    assert (never.node_cost, never.used, never.complete) == (None, None, False)
    [gap] = never.gaps
    assert gap.hint == "it was not read; run `costguard bill --kubernetes` without --offline"
    write(store, Node())
    with store.begin(NOW + timedelta(hours=1), "1") as run:
        run.org(plain)
    earlier = kubernetes_statement(store, settings(), MONTH)
    assert (earlier.node_cost, earlier.complete) == (D(1), True)
    assert earlier.gaps[0].hint.startswith("the last run did not read it; ")


def test_weights_can_be_set(store: Store) -> None:
    write(store, Node(), Pod(cpu=(4, 4)))
    statement = kubernetes_statement(store, settings(weights={"cpu": "0.25", "memory": "0.75"}), MONTH)
    assert statement.lines[0].cost == D("0.25")
    assert statement.weights == {"cpu": D("0.25"), "memory": D("0.75")}


def test_what_may_be_lacking_is_noted(store: Store) -> None:
    busy = hours(Pod(cpu=(1, None)), 48)
    write(store, *hours(Node(), 48), *busy, *(count(3, hour=each.hour) for each in busy))
    assert kubernetes_statement(store, settings(), MONTH).notes == (
        "acme: Datadog counts 144 node-hours in cluster prod, but tells of 48: the others are in no amount.",
        "acme: 3 days of 31 were read.",
        "The use of CPU or memory was not seen in 48 pod-hours: there all that was requested counts as used.",
    )


def test_clusters_that_match_none_of_those_seen_are_told_from_none_seen(store: Store) -> None:
    write(store, Node(), Node(cluster="staging"), Pod(cpu=(1, 1)))
    told = "kubernetes.clusters matches none of the clusters that were seen: nope-*; the store has prod, staging."
    assert told in kubernetes_statement(store, settings(clusters=("nope-*",)), MONTH).notes
    assert not any("clusters" in note for note in kubernetes_statement(store, settings(), MONTH).notes)


def test_the_running_month_lacks_no_day_that_is_still_to_come(store: Store) -> None:
    """The last run is of 3 November, 07:00: two days of it are over."""
    first = datetime(2026, 11, 1, 14, tzinfo=UTC)
    write(store, Node(hour=first))
    assert kubernetes_statement(store, settings(), date(2026, 11, 1)).notes == ("acme: 1 day of 2 were read.",)
    write(store, Node(hour=first), Node(hour=first + timedelta(days=1)))
    statement = kubernetes_statement(store, settings(), date(2026, 11, 1))
    assert statement.notes == ()
    assert FORMATS["terminal"](statement).startswith("Kubernetes cost of November 2026 so far · ")


def test_without_the_settings_or_a_run_the_next_step_is_told(store: Store) -> None:
    with pytest.raises(CostguardError, match=r"there is no \[kubernetes\] table; add one"):
        kubernetes_statement(store, Settings(), MONTH)
    with pytest.raises(CostguardError, match=r"run `costguard collect` first"):
        kubernetes_statement(store, settings(), MONTH)
