"""The whole way, as users go it: settings, HTTP, store and statement, held to the truth of the simulated clusters."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from costguard.commands._kubernetes import last_closed
from costguard.datadog.kubernetes_queries import REQUESTS
from costguard.model.kubernetes import Level
from costguard.simulator.cluster_costs import Costs, Split, costs, prices_csv, too_large
from tests.kubernetes.rows import LEVELS
from tests.running import Company, company

CENT = Decimal("0.01")
QUERY = "/api/v1/query"
NAMES = ("org", "cluster", "namespace", "workload_kind", "workload", "pod")
PARTS = ("used", "workload_idle", "cluster_idle")


def with_kubernetes(acme: Company) -> Company:
    """Adds the table, and the file of prices beside the settings."""
    (acme.config.parent / "nodes.csv").write_text(prices_csv(acme.simulator.clusters), encoding="utf-8")
    table = '[kubernetes]\nprices_file = "nodes.csv"\n\n'
    acme.config.write_text(table + acme.config.read_text(encoding="utf-8"), encoding="utf-8")
    return acme


def queries(acme: Company) -> list[str]:
    """What was asked about Kubernetes."""
    asked = (request.query["query"][-1] for request in acme.simulator.requests if request.path == QUERY)
    return [query for query in asked if "datadog.estimated_usage" not in query]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose clusters were read once."""
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        ran = with_kubernetes(simulated).run("audit", "--format", "json", "--quiet")
        assert (ran.code, ran.err) == (0, "")
        yield simulated


@pytest.fixture(scope="module")
def months(acme: Company) -> dict[str, Costs]:
    """The truth about the last closed month and the running one."""
    now = acme.simulator.now
    days = (last_closed(now), date(now.year, now.month, 1))
    return {f"{day:%Y-%m}": costs(acme.simulator.clusters, day, now) for day in days}


def _words(text: str) -> str:
    return " ".join(text.split())


def cents(amount: Fraction | Decimal) -> Decimal:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator) if isinstance(amount, Fraction) else amount
    return round(exact, 9).quantize(CENT, ROUND_HALF_UP)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("place", [0, 1], ids=["last month", "this month"])
def test_every_figure_is_the_truth_to_the_cent(
    acme: Company, months: dict[str, Costs], place: int, level: Level
) -> None:
    month, truth = list(months.items())[place]
    if not truth.nodes:
        pytest.skip("on the first of a month there is no whole day of it yet")
    ran = acme.run("bill", "--kubernetes", "--offline", "--month", month, "--by", level.value, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    lines = {tuple(line[name] for name in NAMES): line for line in ran.json["lines"] if line["cost"] is not None}
    expected = truth.at(level.depth)
    assert lines.keys() == expected.keys()
    for where, split in expected.items():
        for part in PARTS:
            assert cents(Decimal(lines[where][part] or 0)) == cents(getattr(split, part)), (where, part)
    total = ran.json["total"]
    assert Fraction(total["cost"]) == truth.nodes
    for parts in ([line["cost"] for line in lines.values()], [total[part] for part in PARTS]):
        assert sum((Fraction(part) for part in parts), Fraction(0)) == truth.nodes
    everything = Split()
    for split in expected.values():
        everything.used += split.used
        everything.workload_idle += split.workload_idle
        everything.cluster_idle += split.cluster_idle
    assert [cents(Decimal(total[part])) for part in PARTS] == [cents(getattr(everything, part)) for part in PARTS]
    unknown = {(node["org"], node["cluster"], node["node"]) for node in ran.json["unknown_nodes"]}
    assert unknown == truth.unknown


def test_the_plan_holds_what_is_hard(acme: Company, months: dict[str, Costs]) -> None:
    truth = next(iter(months.values()))
    assert truth.unknown, "a node without a price"
    names = [str(place[-1]) for place in truth.places]
    assert len({name for name in names if name.startswith("nightly-")}) >= 28, "pods that live half an hour"
    clusters = {cluster.name: cluster for cluster in acme.simulator.clusters}
    assert not clusters["larkspur_staging"].pod_uptime, "a cluster that tells only the uptime of containers"
    assert any(
        not any(pod.node is node for workload in cluster.workloads for pod in workload.pods)
        for cluster in clusters.values()
        for node in cluster.nodes
    ), "a node without pods"


def test_the_rule_finds_what_requests_too_much_and_nothing_else(acme: Company) -> None:
    report = acme.run("audit", "--offline", "--format", "json").json
    found = {
        (each["org"], each["resource"]["id"]): each
        for each in report["findings"]
        if each["rule"] == "k8s-overrequested"
    }
    expected = too_large(acme.simulator.clusters, acme.simulator.now)
    assert found.keys() == {(each.org, each.id) for each in expected}
    for each in expected:
        freed = {line["dimension"]: Decimal(line["units"]) for line in found[each.org, each.id]["frees"]}
        assert freed.keys() == each.frees.keys()
        for dimension, units in each.frees.items():
            assert freed[dimension] == pytest.approx(Decimal(units.numerator) / units.denominator, rel=Decimal("1e-9"))


def test_the_clusters_cost_is_in_no_total_of_datadogs_bill(acme: Company) -> None:
    report = acme.run("audit", "--offline", "--format", "json").json
    ours = [each for each in report["findings"] if each["rule"] == "k8s-overrequested"]
    for each in ours:
        assert each["saving"] is None
        evidence = {fact["label"]: fact["value"] for fact in each["evidence"]}
        assert Decimal(each["concerns"]) > 10
        cost = f"${Decimal(each['concerns']):,.2f}"
        assert evidence["Cluster cost of the excess, a month"] == cost
        assert f"the excess costs the cluster {cost} a month" in each["why"]
    assert report["totals"]["by_rule"]["k8s-overrequested"]["now"] is None
    assert report["totals"]["unpriced"] == 0
    shown = acme.run("audit", "--offline", "--rule", "k8s-*").out
    assert re.search(r"^ +– +– +", shown, re.MULTILINE)
    assert "unknown" not in shown
    assert "Without a price" not in shown.partition("Kubernetes")[0]
    assert all(f"the excess costs the cluster ${Decimal(each['concerns']):,.2f}" in _words(shown) for each in ours)
    without = acme.run("audit", "--offline", "--format", "json", "--rule", "[!k]*").json
    for name in ("now", "at_renewal"):
        assert report["totals"][name] == without["totals"][name]
    assert cents(Decimal(report["totals"]["now"])) == acme.simulator.truth.total_now


def test_the_terminal_shows_it_offline_and_sends_nothing(acme: Company) -> None:
    sent = len(acme.simulator.requests)
    ran = acme.run("bill", "--kubernetes", "--offline")
    assert (ran.code, ran.err) == (0, "")
    assert "shop / cart (deployment)" in ran.out
    assert "metal-7 in labs: no price" in ran.out
    assert len(acme.simulator.requests) == sent


def test_files_are_written_beside_it(acme: Company, tmp_path: Path) -> None:
    written, table = tmp_path / "k.json", tmp_path / "k.csv"
    ran = acme.run("bill", "--kubernetes", "--offline", "--by", "namespace", "-o", written, "-o", table)
    assert ran.code == 0
    assert '"by": "namespace"' in written.read_text(encoding="utf-8")
    assert table.read_text(encoding="utf-8").startswith("month,currency,org,cluster,namespace,")


def test_one_organisation_can_be_shown_alone(acme: Company) -> None:
    org = acme.simulator.orgs[1].name
    ran = acme.run("bill", "--kubernetes", "--offline", "--org", org, "--format", "json")
    assert {line["org"] for line in ran.json["lines"]} == {org}
    assert ran.json["unknown_nodes"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "org"], "--by org: unknown with --kubernetes; choose one of cluster, namespace, workload, pod"),
        (["--from", "2026-10"], "--kubernetes: shows one month; choose it with --month, not with --from and --to"),
        (["--format", "html"], "--format html: unknown; choose one of csv, json, terminal"),
        (["--month", "2026-13"], "--month 2026-13"),
        (["-o", "x.focus.csv"], "-o x.focus.csv: --kubernetes has no FOCUS format; use .json, .csv or .txt"),
        (["--month", "2025-02"], "--month 2025-02: the store has no metrics of Kubernetes of February 2025; it has "),
        (["--org", "nope"], "--org nope: the last run read larkspur, larkspur-labs, larkspur-payments; choose one of"),
    ],
)
def test_wrong_usage_is_one_line(acme: Company, arguments: list[str], message: str) -> None:
    ran = acme.run("bill", "--kubernetes", "--offline", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_only_what_may_have_changed_is_read_again(acme: Company) -> None:
    before = len(queries(acme))
    ran = acme.run("collect", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    assert len(queries(acme)) - before == len(acme.simulator.orgs) * len(REQUESTS), "one day of each organisation"
    assert acme.simulator.offences == []


def test_an_audit_that_did_not_ask_for_it_sends_nothing_and_is_complete(tmp_path: Path) -> None:
    with company(tmp_path) as plain:
        ran = plain.run("audit", "--format", "json", "--quiet")
        assert (ran.code, ran.err) == (0, "")
        assert queries(plain) == []
        assert [gap for gap in ran.json["gaps"] if gap["what"] == "container_group"] == []
        asked = plain.run("bill", "--kubernetes")
        assert asked.code == 2
        assert "there is no [kubernetes] table" in asked.err


def test_clusters_that_nobody_read_do_not_cost_nothing(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        assert acme.run("bill", "--quiet").code == 0
        with_kubernetes(acme)
        ran = acme.run("bill", "--kubernetes", "--offline")
    assert ran.code == 3
    assert "it was not read; run `costguard bill --kubernetes` without --offline" in " ".join(ran.out.split())
    assert "unknown" in ran.out
    assert "$0.00" not in ran.out


def test_what_may_not_be_read_is_a_gap_and_the_others_go_on(tmp_path: Path) -> None:
    with company(tmp_path, forbid=["larkspur-labs/timeseries_query"]) as acme:
        with_kubernetes(acme)
        ran = acme.run("bill", "--kubernetes", "--format", "json", "--quiet")
        assert ran.code == 3
        assert {line["org"] for line in ran.json["lines"]} == {"larkspur", "larkspur-payments"}
        [gap] = [gap for gap in ran.json["gaps"] if not gap["optional"]]
        assert (gap["org"], gap["what"], gap["cause"]) == ("larkspur-labs", "kubernetes_usage", "missing_permission")
        assert "timeseries_query" in gap["hint"]
        report = acme.run("audit", "--offline", "--format", "json").json
        stopped = [gap for gap in report["gaps"] if "k8s-overrequested" in gap["rules"]]
        assert [(gap["org"], gap["what"]) for gap in stopped] == [("larkspur-labs", "kubernetes_usage")]


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    with company(tmp_path, hostile=True) as acme:
        with_kubernetes(acme)
        ran = acme.run("bill", "--kubernetes", "--quiet")
        assert ran.code == 0
        assert "script" in ran.out
        assert not any(character in ran.out for character in "\x1b\x07\r")


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), date(2026, 10, 1)),
        (datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 1)),
        (datetime(2026, 3, 31, tzinfo=UTC), date(2026, 2, 1)),
    ],
)
def test_the_last_closed_month(now: datetime, month: date) -> None:
    assert last_closed(now) == month
