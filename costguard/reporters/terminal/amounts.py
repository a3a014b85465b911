"""How an amount of money is coloured: what is unknown never looks like nothing."""

from rich.text import Text

from costguard.model.money import Saving, Usd
from costguard.wording import money


def amount(value: Usd | None, currency: str, style: str) -> Text:
    """The amount in `style`; dim for nothing, yellow for unknown."""
    return Text(money(value, currency), "yellow" if value is None else style if value else "dim")


def amounts(saving: Saving, currency: str) -> tuple[Text, Text]:
    """What is saved now, and at renewal."""
    return amount(saving.now, currency, "green"), amount(saving.at_renewal, currency, "cyan")
