"""How Datadog compares texts: wildcards, and what it makes of a text that becomes a tag."""

import re
from typing import NamedTuple

_ATOM = re.compile(r"\\.|.", re.DOTALL)


def glob(pattern: str, text: str) -> bool:
    """Whether `text` fits: `*` is any run, `?` one character, a backslash takes the next character as it is.

    Takes at most the product of the two lengths, whatever the pattern.
    """
    atoms = _ATOM.findall(pattern)
    at = start = 0
    star, resume = -1, 0
    while start < len(text):
        atom = atoms[at] if at < len(atoms) else ""
        if atom == "*":
            star, resume = at, start
            at += 1
        elif atom == "?" or atom[-1:] == text[start]:
            at += 1
            start += 1
        elif star >= 0:
            resume += 1
            at, start = star + 1, resume
        else:
            return False
    return all(atom == "*" for atom in atoms[at:])


def fold(text: str) -> str:
    """A text as Datadog may have normalised it into a tag: lower case, other characters as one underscore."""
    return re.sub(r"(?:[^\w./:-]|_)+", "_", text.casefold()).strip("_")


def fold_pattern(pattern: str) -> str:
    """A pattern for `glob` that fits the folded texts of those that `pattern` fits."""
    atoms = (atom if atom in ("*", "?") else fold(atom[-1]) or "_" for atom in _ATOM.findall(pattern))
    return re.sub("_+", "_", "".join(atoms))


class Known(NamedTuple):
    """A text that conditions are compared with."""

    text: str
    folded: str
    """See `fold`."""

    @classmethod
    def of(cls, text: str) -> "Known":
        return cls(text, fold(text))
