"""Whose bill it is: the account that pays, and the organisation that a reader asks for."""

from collections.abc import Mapping

from costguard.errors import shown
from costguard.model.statement import Account
from costguard.statement.request import StatementError
from costguard.store import Store


def public_id_of(store: Store, asked: str, names: Mapping[str, str]) -> str:
    """The public id of an organisation, by its name in the settings, its public id, or its name in Datadog.

    Raises StatementError where there is none, or several.
    """
    in_settings = [org.public_id for org in store.orgs() if org.name == asked and org.public_id]
    if in_settings:
        return in_settings[0]
    if asked in names:
        return asked
    found = [public_id for public_id, name in names.items() if name == asked]
    if len(found) == 1:
        return found[0]
    if found:
        raise StatementError(f"--org {shown(asked)}: {len(found)} organisations have this name; use a public id")
    known = ", ".join(shown(name) for name in sorted({*names.values()}))
    raise StatementError(f"--org {shown(asked)}: the bill knows {known or 'no organisation'}; choose one of them")


def account_of(store: Store, names: Mapping[str, str]) -> Account:
    """The account that pays: its parent organisation, else the one through which cost was read."""
    orgs = store.orgs()
    payer = next((org for org in orgs if org.parent), None) or next(
        (org for org in orgs if org.parent is None), orgs[0]
    )
    public_id = payer.public_id or payer.name
    return Account(public_id, names.get(public_id) or payer.name, payer.site)
