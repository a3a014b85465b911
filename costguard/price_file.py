"""How a CSV of node prices is read, and what is wrong with one: the file, the row and the column in one line."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from costguard.errors import shown
from costguard.model.money import Usd
from costguard.model.node_prices import KubernetesSettings, NodePrice, NodePrices, price
from costguard.settings_error import SettingsError, suggest

SUBJECTS = ("node", "instance_type")
CLUSTER = "cluster"
PRICE = "hourly_"
"""Beginning of the price column, which ends in the currency: hourly_usd."""


def node_prices(settings: KubernetesSettings, currency: str) -> NodePrices:
    """What the settings say of the price of nodes, the price file included; raises SettingsError."""
    return NodePrices(settings, read_prices(settings.prices_file, currency) if settings.prices_file else ())


def read_prices(path: Path, currency: str) -> tuple[NodePrice, ...]:
    """The rows of the file, which must be in `currency` (ISO 4217); raises SettingsError."""
    where = shown(str(path))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{where}: cannot be read: {error.strerror}; check kubernetes.prices_file") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{where}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    try:
        records = list(_records(text))
    except csv.Error as error:
        raise SettingsError(f"{where}: is not a CSV file: {error}; separate the columns by commas") from None
    if not records:
        raise SettingsError(f"{where}: is empty; its first row must name the columns, like node,hourly_usd")
    _, names = records[0]
    header = [name.strip().lower() for name in names]
    column = _price_column(header, where, currency)
    prices = [_row(where, line, cells, header, column) for line, cells in records[1:]]
    _check_repeated(prices, [line for line, _ in records[1:]], where)
    return tuple(prices)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with the number of the line that they end in."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _price_column(header: Sequence[str], where: str, currency: str) -> str:
    """The name of the price column, once all columns are known to be what they should be."""
    wanted = f"{PRICE}{currency.lower()}"
    known = (*SUBJECTS, CLUSTER, wanted)
    priced = [name for name in header if name.startswith(PRICE) and len(name) == len(PRICE) + 3]
    for name in header:
        if header.count(name) > 1:
            raise SettingsError(f"{where}: row 1: column {shown(name)} is there twice; keep one of them")
        if name not in known and name not in priced:
            raise SettingsError(f"{where}: row 1: column {shown(name)} is not known; {suggest(name, known)}")
    if len(priced) > 1:
        both = " and ".join(shown(name) for name in priced)
        raise SettingsError(f"{where}: row 1: columns {both}: prices in two currencies; keep {wanted}")
    if not priced:
        raise SettingsError(f"{where}: row 1: there is no column {wanted}; add the price of an hour")
    if priced[0] != wanted:
        raise SettingsError(
            f"{where}: row 1: column {shown(priced[0])}: the account's currency is {currency}; "
            f"convert the prices and call the column {wanted}, or set currency"
        )
    if not any(name in header for name in SUBJECTS):
        raise SettingsError(f"{where}: row 1: there is no column node or instance_type; add one of them")
    return wanted


def _row(where: str, line: int, cells: Sequence[str], header: Sequence[str], column: str) -> NodePrice:
    at = f"{where}: row {line}"
    if len(cells) != len(header):
        raise SettingsError(f"{at}: has {len(cells)} columns where row 1 names {len(header)}; check its commas")
    values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    node, instance_type = (values.get(name, "") for name in SUBJECTS)
    if not node and not instance_type:
        raise SettingsError(
            f"{at}: names neither a node nor an instance_type; fill one of the columns, or drop the row"
        )
    return NodePrice(
        node=node, instance_type=instance_type, cluster=values.get(CLUSTER, ""), hourly=_price(at, column, values)
    )


def _price(at: str, column: str, values: Mapping[str, str]) -> Usd:
    try:
        return price(Decimal(values[column]))
    except InvalidOperation:
        reason = "must be a number, like 0.192"
    except ValueError as error:
        reason = str(error)
    raise SettingsError(f"{at}: column {column}: {reason}")


def _check_repeated(prices: Sequence[NodePrice], lines: Sequence[int], where: str) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for each, line in zip(prices, lines, strict=True):
        earlier = seen.setdefault(each.subject, line)
        if earlier != line:
            column, name = ("node", each.node) if each.node else ("instance_type", each.instance_type)
            cluster = f" of cluster {shown(each.cluster)}" if each.cluster else ""
            raise SettingsError(
                f"{where}: row {line}: column {column}: {shown(name)}{cluster} has a price in row {earlier} already; "
                "keep one of them"
            )
