"""How the scopes to grant are written, so that they can be copied."""

from collections.abc import Sequence

from costguard.hcl import hcl


def comma_separated(scopes: Sequence[str]) -> str:
    """One line."""
    return ",".join(scopes)


def terraform(scopes: Sequence[str]) -> str:
    """The `datadog_application_key` of Datadog's Terraform provider; its `scopes` replace those that a key has."""
    lines = "".join(f"    {hcl(each)},\n" for each in scopes)
    return f'resource "datadog_application_key" "costguard" {{\n  name = "costguard"\n  scopes = [\n{lines}  ]\n}}\n'
