"""The formats that a statement can be written in: each module of this folder is one, named by its file.

One that writes single charges, and not only the lines, has `charges = True`.
"""

from costguard.formats import Formats
from costguard.model.statement import Statement

FORMATS: Formats[Statement] = Formats(__name__, __path__)


def wants_charges(name: str) -> bool:
    """Whether the format writes single charges; raises ModuleNotFoundError for one that does not exist."""
    return bool(getattr(FORMATS.module(name), "charges", False))
