"""The tables of levels, scopes and rules in README.md and docs/; `python -m tests.levels_tables` writes them anew."""

from collections.abc import Iterable
from pathlib import Path

from costguard.commands._doctor.needs import Needs
from costguard.datadog.collectors import collectors
from costguard.levels import LEVELS, OWN_SCOPES, PROPOSED, SCOPES
from costguard.registry import choose, discover
from costguard.settings import Settings
from costguard.wording import kind

ROOT = Path(__file__).parents[1]


def levels() -> str:
    """The levels, what costguard reads beyond them, and all proposed scopes to be copied."""
    rows = [f"| {each.name} | {_code(each.scopes)} | {each.keys} | {each.unlocks} |" for each in LEVELS]
    own = f"| – | {_code(OWN_SCOPES)} | {LEVELS[-1].keys} | synthetic tests; more places that may use a resource |"
    head = ["| level | scopes | keys | what it unlocks |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, own, "", f"    {','.join(PROPOSED)}"])


def scopes() -> str:
    """What is read with each scope, and the rules that need or use that; `–` = nothing yet."""
    needs = Needs(collectors(), choose(discover(), Settings()), parent=None)
    rows = [
        f"| `{scope}` | {', '.join(map(kind, uses.reads)) or '–'} | {_code(uses.rules)} | {_code(uses.surer)} |"
        for scope, uses in ((scope, needs.uses(scope)) for scope in SCOPES)
    ]
    head = ["| scope | what is read with it | rules that need it | rules that are surer with it |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def rules() -> str:
    """The catalogue: each rule's question."""
    rows = [f"| `{rule.id}` | {rule.title()} |" for rule in discover()]
    return "\n".join(["| rule | question |", "|---|---|", *rows])


BLOCKS = (
    (ROOT / "README.md", "rules", rules),
    (ROOT / "README.md", "levels", levels),
    (ROOT / "docs" / "integration-levels.md", "levels", levels),
    (ROOT / "docs" / "integration-levels.md", "scopes", scopes),
)
"""File, name of the block between `<!-- name -->` and `<!-- /name -->`, and what makes it."""


def parts(file: Path, name: str) -> tuple[str, str, str]:
    """What stands before, between and after the marks; ValueError where they are not there once."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, *rest = file.read_text(encoding="utf-8").split(begin)
    (inner, after) = "".join(rest).split(end)
    return before + begin, inner.rstrip("\n"), end + after


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names) or "–"


if __name__ == "__main__":
    for file, name, make in BLOCKS:
        before, _, after = parts(file, name)
        file.write_text(f"{before}{make()}\n{after}", encoding="utf-8")
