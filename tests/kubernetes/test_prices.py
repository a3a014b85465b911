"""What an hour of a node costs: the price file, the table of the settings, and what is wrong with either."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.kubernetes import kubernetes_statement
from costguard.model.node_prices import GpuWeights, KubernetesSettings, NodePrice, NodePrices, Weights
from costguard.price_file import node_prices, read_prices
from costguard.settings import SettingsError, load
from costguard.simulator.cluster_costs import prices_csv, settings_toml
from costguard.simulator.clusters import clusters
from tests.kubernetes.rows import MONTH, NOW, Node, open_store, write

D = Decimal


def csv(folder: Path, text: str | bytes) -> Path:
    file = folder / "nodes.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_file_is_read(tmp_path: Path) -> None:
    text = (
        "\ufeffnode, instance_type ,cluster,Hourly_USD\r\n"
        "ip-10-0-0-1,,prod,0.25\r\n"
        "\r\n"
        ",m6i.large,,0.096\r\n"
        'n-2,m6i.large,"stage, west",0\r\n'
    )
    assert read_prices(csv(tmp_path, text), "USD") == (
        NodePrice(node="ip-10-0-0-1", cluster="prod", hourly=D("0.25")),
        NodePrice(instance_type="m6i.large", hourly=D("0.096")),
        NodePrice(node="n-2", instance_type="m6i.large", cluster="stage, west", hourly=D(0)),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; its first row must name the columns, like node,hourly_usd"),
        ("\n\n", "is empty; its first row must name the columns, like node,hourly_usd"),
        ("node\nn1\n", "row 1: there is no column hourly_usd; add the price of an hour"),
        ("cluster,hourly_usd\nprod,1\n", "row 1: there is no column node or instance_type; add one of them"),
        ("node,hourly_usd,clutser\nn,1,x\n", "row 1: column clutser is not known; did you mean cluster?"),
        ("node,node,hourly_usd\nn,m,1\n", "row 1: column node is there twice; keep one of them"),
        (
            "node,hourly_usd,hourly_eur\nn,1,2\n",
            "row 1: columns hourly_usd and hourly_eur: prices in two currencies; keep hourly_usd",
        ),
        (
            "node,hourly_eur\nn,1\n",
            "row 1: column hourly_eur: the account's currency is USD; convert the prices and call the column "
            "hourly_usd, or set currency",
        ),
        ("node,hourly_usd\nn,1\nm,-0.5\n", "row 3: column hourly_usd: must not be negative"),
        ("node,hourly_usd\nn,\n", "row 2: column hourly_usd: must be a number, like 0.192"),
        ("node,hourly_usd\nn,$0.10\n", "row 2: column hourly_usd: must be a number, like 0.192"),
        ('node,hourly_usd\nn,"0,10"\n', "row 2: column hourly_usd: must be a number, like 0.192"),
        ("node,hourly_usd\nn,NaN\n", "row 2: column hourly_usd: must be a number"),
        ("node,hourly_usd\nn,1e99\n", "row 2: column hourly_usd: must be the price of one hour, below 10,000"),
        ("node,hourly_usd\nn,0.1234567891\n", "row 2: column hourly_usd: must not have more than 9 decimal places"),
        ("node,hourly_usd\nn,1,x\n", "row 2: has 3 columns where row 1 names 2; check its commas"),
        (
            "node,instance_type,hourly_usd\n,,1\n",
            "row 2: names neither a node nor an instance_type; fill one of the columns, or drop the row",
        ),
        (
            "node,hourly_usd\nn1,1\n\nn1,1\n",
            "row 4: column node: n1 has a price in row 2 already; keep one of them",
        ),
        (
            "node,cluster,hourly_usd\nn1,a,1\nn1,b,1\nn1,a,2\n",
            "row 4: column node: n1 of cluster a has a price in row 2 already; keep one of them",
        ),
        (
            "node,instance_type,hourly_usd\n,m6i.large,1\nn1,m6i.large,3\n,m6i.large,1\n",
            "row 4: column instance_type: m6i.large has a price in row 2 already; keep one of them",
        ),
        ('node,hourly_usd\n"n,1\n', "is not a CSV file: unexpected end of data; separate the columns by commas"),
        (b"node,hourly_usd\n\xff,1\n", "byte 16 is not UTF-8; save the file as UTF-8"),
        ("node,hourly_usd\nn\x1b[31m,x\n", "row 2: column hourly_usd: must be a number, like 0.192"),
        (
            "node,hourly_usd\nn\x1b[31m,1\nn\x1b[31m,1\n",
            'row 3: column node: "n\\u001b[31m" has a price in row 2 already; keep one of them',
        ),
    ],
)
def test_a_mistake_is_one_line_with_the_file_the_row_and_the_column(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    file = csv(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        read_prices(file, "USD")
    assert str(raised.value) == f"{file}: {message}"


def test_a_file_that_is_not_there_is_told_when_the_settings_are_read(tmp_path: Path) -> None:
    config = tmp_path / "costguard.toml"
    config.write_text('[kubernetes]\nprices_file = "nodes.csv"\n', encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"nodes\.csv: cannot be read: No such file .*check kubernetes\.prices_file"
    ):
        load(config, {})
    csv(tmp_path, "node,hourly_usd\nn1,-1\n")
    with pytest.raises(SettingsError, match=r"nodes\.csv: row 2: column hourly_usd: must not be negative"):
        load(config, {})


def test_the_file_is_beside_the_settings_and_in_their_currency(tmp_path: Path) -> None:
    config = tmp_path / "costguard.toml"
    config.write_text('currency = "EUR"\n[kubernetes]\nprices_file = "nodes.csv"\n', encoding="utf-8")
    csv(tmp_path, "node,hourly_eur\nn1,0.5\n")
    settings = load(config, {})
    assert settings.kubernetes
    assert settings.kubernetes.prices_file == tmp_path / "nodes.csv"
    prices = node_prices(settings.kubernetes, settings.currency)
    assert prices.of(cluster="x", node="n1", instance_type="") == D("0.5")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[kubernetes]\nweights = {cpu = 0.6, memory = 0.5}", "kubernetes.weights: must add up to 1, not 1.1"),
        (
            "[kubernetes]\nweights = {cpu = 1.5, memory = -0.5}",
            "kubernetes.weights.cpu: must be less than or equal to 1",
        ),
        (
            "[kubernetes]\ngpu_weights = {gpu = 0.9, cpu = 0.05, memory = 0.06}",
            "kubernetes.gpu_weights: must add up to 1, not 1.01",
        ),
        (
            "[kubernetes]\nweights = {cpu = 0.3333333, memory = 0.6666667}",
            "kubernetes.weights: must not have more than 6 decimal places",
        ),
        ("[kubernetes]\nclusters = []", "kubernetes.clusters: must not be empty"),
        (
            '[kubernetes]\nclusters = ["a} by {host"]',
            "kubernetes.clusters[1]: must be the name of a cluster, in which * stands for anything",
        ),
        ('[kubernetes.prices]\n"m6i.large" = -1', 'kubernetes.prices."m6i.large": must not be negative'),
        ('[kubernetes]\nprice_file = "x"', "kubernetes.price_file: unknown key; did you mean prices_file?"),
        (
            '[kubernetes]\ninstance_type_tag = "a,b"',
            "kubernetes.instance_type_tag: must be the key of a tag, like instance-type",
        ),
        ("kubernetes = 1", "kubernetes: must be a table"),
    ],
)
def test_a_mistake_in_the_settings_is_one_line(tmp_path: Path, table: str, message: str) -> None:
    config = tmp_path / "costguard.toml"
    config.write_text(table, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(config, {})
    assert str(raised.value) == f"{config}: {message}"


LISTED = (
    NodePrice(node="n1", hourly=D(1)),
    NodePrice(node="n1", cluster="stage", hourly=D(2)),
    NodePrice(instance_type="big", hourly=D(3)),
    NodePrice(instance_type="big", cluster="stage", hourly=D(4)),
)

TABLE = {"medium": D(5), "n-*": D(6), "m*": D(7), "n-9": D(8)}


@pytest.mark.parametrize(
    ("cluster", "node", "kind", "price"),
    [
        ("prod", "n1", "big", 1),
        ("stage", "n1", "big", 2),
        ("prod", "x", "big", 3),
        ("stage", "x", "big", 4),
        ("prod", "x", "medium", 5),
        ("prod", "n-1", "medium", 5),
        ("prod", "n-1", "mini", 6),
        ("prod", "x", "mini", 7),
        ("prod", "n-9", "mini", 8),
        ("prod", "x", "", None),
        ("prod", "x", "other", None),
    ],
)
def test_the_nearest_price_counts(cluster: str, node: str, kind: str, price: int | None) -> None:
    prices = NodePrices(KubernetesSettings(prices=TABLE), LISTED)
    assert prices.of(cluster=cluster, node=node, instance_type=kind) == price


def test_the_simulator_tells_the_same_prices_both_ways(tmp_path: Path) -> None:
    all_clusters = clusters(("a", "b", "c"), NOW)
    config = tmp_path / "costguard.toml"
    config.write_text('[kubernetes]\nprices_file = "nodes.csv"\n', encoding="utf-8")
    csv(tmp_path, prices_csv(all_clusters))
    by_file = load(config, {})
    config.write_text(settings_toml(all_clusters), encoding="utf-8")
    by_table = load(config, {})
    with open_store(tmp_path) as store:
        write(store, *(Node(node.name, kind=node.instance_type) for node in all_clusters[0].nodes))
        costs = [kubernetes_statement(store, each, MONTH).node_cost for each in (by_file, by_table)]
    assert costs == [D("0.661"), D("0.661")]


def test_the_documentation_shows_what_is_accepted(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(toml|csv)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    csv(tmp_path, blocks["csv"])
    config = tmp_path / "costguard.toml"
    config.write_text(blocks["toml"], encoding="utf-8")
    kubernetes = load(config, {}).kubernetes
    assert kubernetes
    assert (kubernetes.weights, kubernetes.gpu_weights) == (Weights(), GpuWeights())
    prices = node_prices(kubernetes, "USD")
    assert prices.of(cluster="prod-eu", node="x", instance_type="m6i.xlarge") == D("0.214")
    assert prices.of(cluster="staging", node="ip-10-0-2-9", instance_type="m6i.large") == D("0.085")
