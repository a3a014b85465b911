"""What could not be seen, in lines: what was refused or failed first, with the next step."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from costguard.model.report import ReportGap
from costguard.safetext import visible
from costguard.wording import cause, kind


def gaps(found: Sequence[ReportGap], *, wide: bool) -> Iterable[RenderableType]:
    """A block of all gaps: a table where there is room for one."""
    required = [each for each in found if not each.gap.optional]
    optional = [each for each in found if each.gap.optional]
    yield Text.assemble(("Not seen", "bold underline"), f"  {len(required):,} required, {len(optional):,} optional")
    if not wide:
        yield from (_folded(each) for each in (*required, *optional))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, expand=True, header_style="dim")
    for title, ratio in (("What", 3), ("Organisation", 2), ("Cause", 3), ("Next step", 5), ("Rules affected", 4)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for each in (*required, *optional):
        gap = each.gap
        table.add_row(
            Text(kind(gap.what), "dim" if gap.optional else "bold"),
            Text(visible(gap.org)),
            Text(_cause(each), "" if gap.optional else "red"),
            Text(visible(gap.hint)),
            Text("; ".join(_affected(each)) or "none", "dim"),
        )
    yield table


def _folded(each: ReportGap) -> RenderableType:
    gap = each.gap
    lines = [
        Text.assemble(
            (kind(gap.what), "dim" if gap.optional else "bold"),
            f" · {visible(gap.org)} · ",
            (_cause(each), "" if gap.optional else "red"),
        ),
        _indented(visible(gap.hint)),
    ]
    if affected := _affected(each):
        lines.append(_indented(f"affects {'; '.join(affected)}", "dim"))
    return Group(*lines)


def _affected(each: ReportGap) -> Iterable[str]:
    """The rules that did not run or ran weaker, and those whose findings are priced without it."""
    rules, prices = (", ".join(map(visible, names)) for names in (each.rules, each.prices))
    return [*([rules] if rules else []), *([f"the prices of {prices}"] if prices else [])]


def _indented(text: str, style: str = "") -> RenderableType:
    return Padding(Text(text, style, overflow="fold"), (0, 0, 0, 4))


def _cause(each: ReportGap) -> str:
    return f"{cause(each.gap.cause)} (optional)" if each.gap.optional else cause(each.gap.cause)
