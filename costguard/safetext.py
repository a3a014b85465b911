"""Which characters act instead of being shown, and how they are shown all the same."""

import re
import unicodedata

_PLAIN = re.compile(r"[ -~]*")
"""Most names; not worth a look at each character."""

_JOINERS = "\u200c\u200d"
"""Format characters that scripts and emoji are written with; they move nothing."""

_ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories: controls, formats (bidirectional overrides among them), lone surrogates, line breaks."""


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with every character that acts on a terminal or on the direction of writing made visible.

    ESC becomes ␛, a C1 control \\x9b, a right-to-left override \\u202e. With `lines`, line feeds and tabs stay.
    """
    if _PLAIN.fullmatch(text):
        return text
    if lines:
        text = text.replace("\r\n", "\n")
    return "".join(_shown(each, lines) for each in text)


def _shown(character: str, lines: bool) -> str:
    if unicodedata.category(character) not in _ACTING or character in _JOINERS or (lines and character in "\n\t"):
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
