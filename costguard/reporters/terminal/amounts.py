"""How an amount of money is coloured: what is unknown never looks like nothing."""

from rich.text import Text

from costguard.console import amount
from costguard.model.money import Saving
from costguard.model.report import Sum
from costguard.wording import NOTHING

__all__ = ["amount", "amounts"]


def amounts(saving: Saving | Sum | None, currency: str) -> tuple[Text, Text]:
    """What is saved now, and at renewal; a dash where there is nothing to be saved."""
    if saving is None or (isinstance(saving, Sum) and saving.priceless):
        return Text(NOTHING, "dim"), Text(NOTHING, "dim")
    return amount(saving.now, currency, "green"), amount(saving.at_renewal, currency, "cyan")
