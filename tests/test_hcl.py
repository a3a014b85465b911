"""Text in Terraform's language stays one string without templates, whatever it holds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.hcl import hcl, hcl_label


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("main", '"main"'),
        ("", '""'),
        ('service:"a\\b"', r'"service:\"a\\b\""'),
        ("a\r\n\tb", r'"a\r\n\tb"'),
        ("${file(x)} %{if y}", '"$${file(x)} %%{if y}"'),
        ("$${x} %%{y}", r'"\u0024\u0024{x} \u0025\u0025{y}"'),
        ("$5 50% {a}", '"$5 50% {a}"'),
        ("\x1b\x00\x85\u2028", r'"\u001b\u0000\u0085\u2028"'),
        ("größe 日本", '"größe 日本"'),
    ],
)
def test_text_is_written_as_a_string(text: str, written: str) -> None:
    assert hcl(text) == written


@given(st.text(alphabet=st.sampled_from('ab"\\${}%\n\r\t\x1b# ')))
def test_no_text_ends_the_string_or_opens_a_template(text: str) -> None:
    inside = hcl(text)[1:-1]
    assert inside.splitlines() in ([inside], [])
    plain = re.sub(r"\\.|\$\$\{|%%\{", " ", inside)
    assert not re.search(r'"|\\|\$\{|%\{', plain)


@pytest.mark.parametrize(
    ("text", "label"), [("main", "main"), ('a/b"c', "a_b_c"), ("7days", "_7days"), ("日本", "unnamed"), ("", "unnamed")]
)
def test_a_label_is_a_name(text: str, label: str) -> None:
    assert hcl_label(text) == label
