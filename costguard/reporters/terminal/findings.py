"""The findings of a product in lines: in columns where there is room, folded under the resource's name where not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from costguard.model.findings import Confidence
from costguard.model.report import Judged, Report, State
from costguard.reporters.terminal.amounts import amounts
from costguard.safetext import visible
from costguard.wording import RATES, money, plural, product

WIDE = 120
"""Columns from which each fact of a finding has a column of its own."""

CONFIDENCE = {Confidence.HIGH: "bold", Confidence.MEDIUM: "", Confidence.LOW: "dim"}


def products(report: Report, width: int, limit: int) -> Iterable[tuple[RenderableType, ...]]:
    """A block for each product, that of the best finding first: heading, the `limit` best findings (0 = all), the rest.

    Accepted findings are counted, not listed.
    """
    groups: dict[str, list[Judged]] = {}
    for each in sorted(report.findings, key=lambda each: -each.score):
        if each.state is not State.ACCEPTED:
            groups.setdefault(each.product, []).append(each)
    frame = _Frame.of(report, width)
    for key, findings in groups.items():
        shown = findings[:limit] if limit else findings
        hidden = findings[len(shown) :]
        rest = f"… and {len(hidden):,} more{_worth(hidden, report.currency)} (see --format json or the HTML report)"
        heading, table = _heading(key, len(findings), report), _table(shown, frame)
        yield (heading, table, Text(rest, "dim")) if hidden else (heading, table)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the tables of all products have in common, so that they line up."""

    currency: str
    wide: bool
    digits: int
    """Columns of the widest amount."""
    room: int
    """Columns for a resource's name."""
    several_orgs: bool
    mixed: bool
    """Whether some findings were known before, so that it says something to be new."""

    @classmethod
    def of(cls, report: Report, width: int) -> "_Frame":
        wide = width >= WIDE
        texts = [text for each in report.findings for text in amounts(each.saving, report.currency)]
        digits = max([10, *(cell_len(text.plain) for text in texts)])
        # What is left of the width by the columns of `_table` and two blanks after each.
        room = (width - 2 * (digits + 2) - 12 - 17) * 5 // 9 - 2 if wide else width - 2 * (digits + 2)
        return cls(
            currency=report.currency,
            wide=wide,
            digits=digits,
            room=max(12, room),
            several_orgs=len(report.orgs) > 1,
            mixed=any(each.state is State.KNOWN for each in report.findings),
        )


def _heading(key: str, listed: int, report: Report) -> Text:
    accepted = sum(each.product == key for each in report.findings) - listed
    text = Text.assemble((product(key), "bold underline"), f"  {plural(listed, 'finding')}")
    if accepted:
        text.append(f" and {accepted:,} accepted, not listed")
    together = report.by_product.get(key)
    if together is None:
        text.append(f"; together {money(report.rates.at_renewal, report.currency)} {RATES}, beyond all other savings")
    elif together.now is None and together.at_renewal is None:
        text.append("" if together.priceless else "; what they are worth is not known")
    else:
        now, renewal = money(together.now, report.currency), money(together.at_renewal, report.currency)
        text.append(f"; together {now} now, {renewal} at renewal")
    return text


def _worth(hidden: Sequence[Judged], currency: str) -> str:
    """What hidden findings are worth, each counted alone; those that overlap with a larger one are left out."""
    savings = [each.saving for each in hidden if each.saving and not each.overlaps_with]
    unpriced = sum(each.saving is not None and not each.saving.known for each in hidden)
    now = [saving.now for saving in savings if saving.now is not None]
    renewal = [saving.at_renewal for saving in savings if saving.at_renewal is not None]
    if not now and not renewal:
        return ", without a price" if unpriced else ""
    rest = f", {unpriced:,} without a price" if unpriced else ""
    now_text, renewal_text = money(sum(now, Decimal(0)), currency), money(sum(renewal, Decimal(0)), currency)
    return f" worth {now_text} now, {renewal_text} at renewal, each counted alone{rest}"


def _table(findings: Sequence[Judged], frame: _Frame) -> Table:
    """Findings in columns; on a narrow console all but the money is folded into one."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, expand=True, header_style="dim")
    table.add_column("Saving now", justify="right", no_wrap=True, width=frame.digits)
    table.add_column("At renewal", justify="right", no_wrap=True, width=frame.digits)
    table.add_column("What" if frame.wide else "What · confidence · owner · do", ratio=5, overflow="fold")
    if frame.wide:
        table.add_column("Confidence", no_wrap=True, width=10)
        table.add_column("Owner", width=15, no_wrap=True, overflow="ellipsis")
        table.add_column("Do", ratio=4, overflow="fold")
    for each in findings:
        cells = _wide(each, frame) if frame.wide else (_narrow(each, frame),)
        table.add_row(*amounts(each.saving, frame.currency), *cells)
    return table


def _wide(judged: Judged, frame: _Frame) -> Iterable[RenderableType]:
    finding = judged.finding
    title = Text(" · ".join([*_marks(judged, frame), visible(judged.title)]), "dim", no_wrap=True)
    title.truncate(frame.room, overflow="ellipsis")
    name = _name(judged, finding.resource.org if frame.several_orgs else "", frame)
    yield Group(name, title, *([Text(why)] if (why := _why(judged)) else []))
    yield Text(finding.confidence, CONFIDENCE[finding.confidence])
    yield Text(visible(finding.owner or "–"))
    yield Text(visible(finding.do))


def _narrow(judged: Judged, frame: _Frame) -> RenderableType:
    finding = judged.finding
    org = [visible(finding.resource.org)] if frame.several_orgs else []
    owner = [visible(finding.owner)] if finding.owner else []
    facts = " · ".join([*org, *_marks(judged, frame), finding.confidence, *owner])
    told = " ".join([*([why] if (why := _why(judged)) else []), visible(finding.do)])
    return Group(_name(judged, finding.rule, frame), Text.assemble((f"{facts} · ", "dim"), told))


def _name(judged: Judged, aside: str, frame: _Frame) -> Text:
    """The resource's name on one line, with `aside` after it if that leaves half of the line."""
    name = Text(visible(judged.finding.resource.name), "bold", no_wrap=True)
    after = f"  {visible(aside)}" if aside else ""
    if cell_len(after) > frame.room // 2:
        after = ""
    name.truncate(frame.room - cell_len(after), overflow="ellipsis")
    return name.append(after, "not bold dim")


def _why(judged: Judged) -> str:
    """What a finding that saves nothing is about, with its figures; "" where the amounts tell it."""
    return visible(judged.finding.why) if judged.saving is None else ""


def _marks(judged: Judged, frame: _Frame) -> list[str]:
    """What sets this finding apart from the others."""
    new = ["new"] if frame.mixed and judged.state is State.NEW else []
    return [*new, *(["overlaps a larger one"] if judged.overlaps_with else [])]
