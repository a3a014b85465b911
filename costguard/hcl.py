"""How names and texts are written in Terraform's language, HCL, whatever characters they hold."""

import re

_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t", "${": "$${", "%{": "%%{"}
_SPECIAL = re.compile(r'\$+\{|%+\{|["\\\x00-\x1f\x7f-\x9f\u2028\u2029]')


def hcl(text: str) -> str:
    """`text` as a quoted HCL string on one line, without templates (Terraform language: Strings and Templates)."""
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def hcl_label(text: str) -> str:
    """`text` as the name of a resource: letters, digits, `_`; never empty, never beginning with a digit."""
    label = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "unnamed"
    return f"_{label}" if label[0].isdigit() else label


def _escaped(found: re.Match[str]) -> str:
    # `$$${` has no documented reading: there, each sign is written by its number.
    return _ESCAPES.get(found[0]) or "".join(each if each == "{" else f"\\u{ord(each):04x}" for each in found[0])
