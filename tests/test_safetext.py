"""Characters that act are shown, and all others are left alone."""

import pytest

from costguard.safetext import visible

CASES = {
    "plain": ("Checkout login [EU]", "Checkout login [EU]"),
    "letters of any script": ("Zürich → 東京, día", "Zürich → 東京, día"),
    "escape sequence": ("\x1b[31mred", "␛[31mred"),
    "title sequence": ("\x1b]0;x\x07", "␛]0;x␇"),
    "NUL and DEL": ("\x00\x7f", "␀␡"),
    "line breaks": ("a\r\nb\tc", "a␍␊b␉c"),
    "C1 control": ("\x9b31m", "\\x9b31m"),
    "right-to-left override": ("\u202egpj.exe", "\\u202egpj.exe"),
    "isolates": ("\u2066a\u2069", "\\u2066a\\u2069"),
    "invisible": ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
    "line separator": ("a\u2028b", "a\\u2028b"),
    "lone surrogate": ("\ud800", "\\ud800"),
    "tag character": ("\U000e0041", "\\U000e0041"),
    "joined emoji": ("👩\u200d💻", "👩\u200d💻"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_acts_is_shown(name: str) -> None:
    text, shown = CASES[name]
    assert visible(text) == shown


def test_lines_are_kept_where_a_text_has_lines() -> None:
    assert visible("a\r\nb\tc\x1b\rd", lines=True) == "a\nb\tc␛␍d"
