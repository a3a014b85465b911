"""The cost of Kubernetes in each format: the same amounts, nothing unknown as zero, nothing of a name's acts."""

import csv
import json
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from costguard.console import plain_console
from costguard.kubernetes import kubernetes_statement
from costguard.kubernetes_statements import FORMATS
from costguard.kubernetes_statements.terminal import print_kubernetes
from costguard.model.kubernetes import KubernetesStatement, Level
from costguard.wording import ROUNDED
from tests.kubernetes.rows import GB, HOUR, LEVELS, MONTH, Node, Pod, open_store, settings, write

D = Decimal

HOSTILE = "=[/x]cmd|' /C calc'!A0\x1b[31m\x07[red]\u202e\r\n,\""

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "kubernetes.schema.json").read_text(encoding="utf-8"))

THINGS = (
    *(Node("n1"), Node("n2", kind="none"), Node("n3", kind="none")),
    Pod("shop-a", cpu=(3, 1), memory=(8 * GB, 4 * GB)),
    Pod("shop-b", node="n2", cpu=(1, 1)),
    Pod("lone", node="n2", cpu=(1, 1), workload=("", "")),
    Pod("tiny", cpu=("0.001", "0.0001"), workload=("job", "tiny"), namespace="batch"),
)


def told(folder: Path, level: Level, *things: Node | Pod) -> KubernetesStatement:
    with open_store(folder) as store:
        write(store, *(things or THINGS))
        return kubernetes_statement(store, settings({"m6i.xlarge": "1"}), MONTH, level=level)


def test_the_terminal_shows_what_was_used_and_what_was_idle(tmp_path: Path) -> None:
    lines = FORMATS["terminal"](told(tmp_path, Level.WORKLOAD)).splitlines()
    assert lines[0] == "Kubernetes cost of October 2026 · costguard 0.1.0 · 3 November 2026, 07:00 UTC"
    assert lines[1] == "The cost of a node is 60.0 % cpu, 40.0 % memory; it is not on Datadog's bill."
    assert lines[3:] == [
        "Nodes            $1.00  1 node, 1 node-hour",
        "Used █           $0.25  25.0 %, by pods",
        "Workload idle ▒  $0.40  40.0 %, requested by pods, not used",
        "Cluster idle ░   $0.35  35.0 %, neither requested nor used",
        "",
        "prod · acme · $1.00",
        "Workload                    Cost     Used  Workload idle",
        "web / shop (deployment)   $0.65*    $0.25          $0.40  █████▒▒▒▒▒▒▒▒",
        "web / lone (pod)         unknown  unknown        unknown",
        "batch / tiny (job)        <$0.01   <$0.01         <$0.01",
        "cluster idle               $0.35                          ░░░░░░░",
        ROUNDED,
        "",
        "Not known: 2 nodes, 2 node-hours, in no amount above",
        "  n2 (none) in prod: no price, 1 hour",
        "  n3 (none) in prod: no price, 1 hour",
        "  Add prices to [kubernetes.prices] or to the file that kubernetes.prices_file names.",
        "* without what ran on nodes whose cost is not known",
        "acme: 1 day of 31 were read.",
    ]


def test_the_terminal_shows_the_dearest_lines_and_sums_up_the_others(tmp_path: Path) -> None:
    pods = [Pod(f"p{place}", cpu=(f"0.{place + 1}", 0), workload=("job", f"j{place}")) for place in range(6)]
    statement = told(tmp_path, Level.WORKLOAD, Node(), *pods)
    out = StringIO()
    print_kubernetes(statement, plain_console(out), limit=2)
    text = out.getvalue()
    assert "web / j5 (job)" in text
    assert "web / j3 (job)" not in text
    assert text.splitlines()[8:] == [
        "prod · acme · $1.00",
        "Workload         Cost   Used  Workload idle",
        "web / j5 (job)  $0.09  $0.00          $0.09  ▒▒",
        "web / j4 (job)  $0.08  $0.00          $0.08  ▒▒",
        "… and 4 others  $0.15  $0.00          $0.15  ▒▒▒",
        "cluster idle    $0.69                        ░░░░░░░░░░░░░░",
        ROUNDED,
        "acme: 1 day of 31 were read.",
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_json_and_csv_hold_every_line_exactly(tmp_path: Path, level: Level) -> None:
    statement = told(tmp_path, level)
    written = json.loads(FORMATS["json"](statement))
    rows = list(csv.DictReader(StringIO(FORMATS["csv"](statement))))
    jsonschema.validate(written, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert (written["schema"], written["by"], written["month"]) == ("costguard.kubernetes/1", level.value, "2026-10")
    assert len(written["lines"]) == len(rows) == len(statement.lines)
    for line, value, row in zip(statement.lines, written["lines"], rows, strict=True):
        for name in ("cost", "used", "workload_idle", "cluster_idle"):
            amount = getattr(line, name)
            assert value[name] == (None if amount is None else _plain(amount))
            assert row[f"{name}_usd"] == (value[name] or "")
        assert row["workload"] == (line.workload or "")
        assert value["pod"] == line.pod
    assert sum(D(line["cost"] or 0) for line in written["lines"]) == D(written["total"]["cost"]) == 1
    parts = [D(written["total"][name]) for name in ("used", "workload_idle", "cluster_idle")]
    assert sum(parts) == 1
    assert written["unknown_nodes"] == [
        {"org": "acme", "cluster": "prod", "node": node, "instance_type": "none", "hours": 1, "reason": "no price"}
        for node in ("n2", "n3")
    ]


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@pytest.mark.parametrize("level", LEVELS)
def test_names_do_nothing(tmp_path: Path, level: Level) -> None:
    hostile: dict[str, Any] = {"cluster": HOSTILE, "hour": HOUR}
    statement = told(
        tmp_path,
        level,
        Node(HOSTILE, kind=HOSTILE, **hostile),
        Pod(HOSTILE, node=HOSTILE, namespace=HOSTILE, workload=(HOSTILE, HOSTILE), cpu=(1, 1), **hostile),
    )
    terminal = FORMATS["terminal"](statement)
    assert "\x1b" not in terminal
    assert "\u202e" not in terminal
    assert "\x07" not in terminal
    assert terminal.count("[/x]") >= level.depth, "what looks like markup is shown as it is"
    rows = list(csv.reader(StringIO(FORMATS["csv"](statement), newline="")))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert len({len(row) for row in rows}) == 1
    written = json.loads(FORMATS["json"](statement))
    assert written["unknown_nodes"][0]["node"] == HOSTILE


def test_an_amount_is_the_same_in_every_breakdown(tmp_path: Path) -> None:
    """Each is rounded by itself: of a node of a dollar three pods hold 0.045 each, and 0.865 is left."""
    pods = [Pod(f"p{place}", cpu=("0.3", "0.1"), workload=("job", f"j{place}")) for place in range(3)]
    shown = {}
    for level in LEVELS:
        (tmp_path / level).mkdir()
        shown[level] = FORMATS["terminal"](told(tmp_path / level, level, Node(), *pods))
    for level in (Level.NAMESPACE, Level.WORKLOAD, Level.POD):
        assert "\ncluster idle" in shown[level]
        assert shown[level].count("$0.87") == 2, "in the summary and in the cluster"
    assert shown[Level.CLUSTER].count("$0.87") == 2
    assert all(ROUNDED in text for text in shown.values())


def test_the_weights_of_nodes_with_gpus_are_told_where_there_is_one(tmp_path: Path) -> None:
    gpus = told(tmp_path, Level.CLUSTER, Node(gpu=8), Pod(cpu=(1, 1), gpu=4))
    head = " ".join(FORMATS["terminal"](gpus).split("\n\n")[0].split())
    assert (
        "The cost of a node is 60.0 % cpu, 40.0 % memory, of one with GPUs 95.0 % gpu, 3.0 % cpu, 2.0 % memory;" in head
    )


def test_nothing_read_is_said(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        write(store)
        statement = kubernetes_statement(store, settings(), MONTH)
    shown = FORMATS["terminal"](statement)
    assert "No metrics of Kubernetes were read for this month." in shown
    assert re.search(r"Nodes +unknown +no metrics were read", shown)
    assert "$0.00" not in shown
    assert json.loads(FORMATS["json"](statement))["lines"] == []
    assert FORMATS["csv"](statement).count("\n") == 1
