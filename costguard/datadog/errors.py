"""What is raised where Datadog cannot be asked, or does not give what it was asked for."""

from costguard.errors import CostguardError
from costguard.model.findings import Cause, Gap


class ClientError(CostguardError, ValueError):
    """The connection cannot be made as it is set up: one line, without keys or credentials."""


class Unreadable(Exception):  # noqa: N818 - what it is called everywhere in costguard
    """Something could not be read from Datadog; `gap` says what, why, and the next step."""

    def __init__(self, gap: Gap, *, status: int | None = None) -> None:
        super().__init__(f"{gap.what} of organisation {gap.org}: {gap.hint}")
        self.gap = gap
        self.status = status
        """Of the answer that refused it; None where there was no answer, or one that could not be used."""

    @classmethod
    def because(
        cls, cause: Cause, hint: str, *, org: str, what: str, optional: bool = False, status: int | None = None
    ) -> "Unreadable":
        """The error with its gap; `org` is the organisation's name."""
        return cls(Gap(org=org, what=what, cause=cause, hint=hint, optional=optional), status=status)


class KeysRefused(Unreadable, CostguardError):  # noqa: N818 - as above
    """Datadog does not know the keys: nothing of the organisation can be read."""
