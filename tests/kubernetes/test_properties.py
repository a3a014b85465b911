"""Whatever clusters do, the parts of a node's cost are never negative and add up to it, exactly, at each level."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from costguard.kubernetes import kubernetes_statement
from costguard.model.kubernetes import KubernetesStatement, Level, total
from costguard.store import Store
from tests.kubernetes.rows import GB, HOUR, LEVELS, MONTH, Node, Pod, open_store, settings, write

AMOUNTS = ("used", "workload_idle", "cluster_idle")


@dataclass(frozen=True)
class World:
    """Nodes and pods of a few hours, and what the nodes cost."""

    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    prices: dict[str, str]
    weights: tuple[str, str]


def amounts(largest: int, unit: str) -> st.SearchStrategy[Decimal | None]:
    """A measurement that may be lacking, with the odd digits that averages have."""
    return st.none() | st.decimals(0, largest, places=3).map(lambda number: number * Decimal(unit))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to three nodes in two clusters over two hours, crowded and empty ones, some without a price."""
    kinds = {"a": draw(st.decimals(0, 50, places=9)), "b": draw(st.decimals(0, 2, places=3))}
    nodes, pods = [], []
    for hour in (HOUR, HOUR + timedelta(hours=1)):
        for number in range(draw(st.integers(1, 3))):
            node = Node(
                f"n{number}",
                cpu=draw(st.integers(1, 96)),
                memory=draw(st.integers(1, 512)) * GB + draw(st.integers(0, 999)),
                gpu=draw(st.sampled_from([None, None, 0, 4])),
                kind=draw(st.sampled_from(["a", "b", "unpriced"])),
                cluster="prod" if number < 2 else "stage",
                hour=hour,
            )
            nodes.append(node)
            for place in range(draw(st.integers(0, 4))):
                began, lived = draw(st.integers(0, 9000)), draw(st.integers(0, 3599))
                pods.append(
                    Pod(
                        f"p{place}",
                        node=node.name,
                        cluster=node.cluster,
                        hour=hour,
                        cpu=(draw(amounts(100, "1")), draw(amounts(100, "1.000000001"))),
                        memory=(draw(amounts(600, "1000000007")), draw(amounts(600, "999999937"))),
                        gpu=draw(st.none() | st.integers(1, 8)),
                        uptime=draw(st.none() | st.just((began, began + lived))),
                        namespace=draw(st.sampled_from(["web", "batch"])),
                        workload=draw(st.sampled_from([("deployment", "shop"), ("job", "shop"), ("", "")])),
                    )
                )
    prices = {kind: f"{price:f}" for kind, price in kinds.items()}
    cpu = draw(st.decimals(0, 1, places=6))
    return World(tuple(nodes), tuple(pods), prices, (f"{cpu:f}", f"{1 - cpu:f}"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("properties")) as store:
        yield store


def told(store: Store, world: World, *, shuffled: Random | None = None) -> dict[Level, KubernetesStatement]:
    things: list[Node | Pod] = [*world.nodes, *world.pods]
    if shuffled:
        shuffled.shuffle(things)
    write(store, *things)
    cpu, memory = world.weights
    asked = settings(world.prices, weights={"cpu": cpu, "memory": memory})
    return {level: kubernetes_statement(store, asked, MONTH, level=level) for level in LEVELS}


few = configured(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(worlds())
def test_the_parts_add_up_to_the_nodes_at_each_level(store: Store, world: World) -> None:
    statements = told(store, world)
    for statement in statements.values():
        parts = [getattr(line, name) for line in statement.lines for name in AMOUNTS]
        assert all(part is None or part >= 0 for part in parts)
        cost = Fraction(statement.node_cost or 0)
        assert sum((Fraction(part) for part in parts if part is not None), Fraction(0)) == cost
        together = [statement.used, statement.workload_idle, statement.cluster_idle]
        assert {part is None for part in together} == {statement.node_cost is None}
        assert total(together) == statement.node_cost
        by_resource = [getattr(line, name) for line in statement.lines for name in ("cpu", "memory", "gpu")]
        assert sum((Fraction(part) for part in by_resource if part is not None), Fraction(0)) == cost
    for name in (*AMOUNTS, "node_cost"):
        assert len({getattr(statement, name) for statement in statements.values()}) == 1, name


@few
@given(worlds())
def test_what_is_divided_is_what_the_nodes_cost(store: Store, world: World) -> None:
    seen = {(node.cluster, node.name): node.kind for node in world.nodes}
    # The instance type of a node is the last by name of those it was seen with.
    for node in world.nodes:
        seen[node.cluster, node.name] = max(seen[node.cluster, node.name], node.kind)
    node_hours = {(node.cluster, node.name, node.hour) for node in world.nodes}
    cost = sum((Decimal(world.prices.get(seen[cluster, name], "0")) for cluster, name, _ in node_hours), Decimal(0))
    statement = told(store, world)[Level.CLUSTER]
    assert (statement.node_cost or 0) == cost
    assert (statement.node_cost is None) == (statement.node_hours == 0)
    assert statement.node_hours + sum(node.hours for node in statement.unknown) == len(node_hours)


@few
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(store: Store, world: World, random: Random) -> None:
    first = told(store, world)
    assert told(store, world, shuffled=random) == first


@few
@given(worlds())
def test_a_line_is_the_sum_of_the_lines_within_it(store: Store, world: World) -> None:
    statements = told(store, world)
    keys = ("org", "cluster", "namespace", "workload_kind", "workload", "pod")
    for depth, (outer, inner) in enumerate(pairwise(LEVELS[1:])):
        kept = keys[: 3 + 2 * depth]
        for line in statements[outer].lines:
            if line.is_cluster_idle:
                continue
            place = [getattr(line, key) for key in kept]
            within = [each for each in statements[inner].lines if [getattr(each, key) for key in kept] == place]
            for name in ("used", "workload_idle"):
                assert total(getattr(each, name) for each in within) == getattr(line, name)
            assert total(each.pod_hours for each in within) == pytest.approx(line.pod_hours, abs=Decimal("1e-5"))
