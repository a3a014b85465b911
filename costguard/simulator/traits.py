"""What kind of customer the account is: its site, its plan, and whether its usage is attributed to tags."""

from dataclasses import dataclass

GOVERNMENT = ("ddog-gov.com", "us2.ddog-gov.com")


@dataclass(frozen=True)
class Traits:
    """Traits that change what Datadog answers to an account."""

    site: str = "datadoghq.com"
    """The site that it lives on; on US1-FED there is no cost attribution (docs/datadog.md, B1)."""
    trial: bool = False
    """Whether it only tries Datadog: its usage is measured, but neither billed nor attributed (docs/datadog.md, A0)."""
    attribution: bool = True
    """Whether anybody has chosen tags for usage attribution."""

    @property
    def government(self) -> bool:
        """Whether it lives on a government site."""
        return self.site in GOVERNMENT
