"""What the user may set, and where each setting comes from."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypedDict

import platformdirs
from pydantic import AfterValidator, Field, StrictBool, ValidationError, model_validator

from costguard.errors import shown
from costguard.model.base import Frozen
from costguard.model.budgets import Budgets
from costguard.model.contract import Contract
from costguard.model.node_prices import KubernetesSettings
from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.price_file import node_prices
from costguard.settings_error import SettingsError, invalid, suggest, unknown_key

__all__ = [
    "SITES",
    "Keys",
    "OrgSettings",
    "Overrides",
    "RuleSettings",
    "Settings",
    "SettingsError",
    "default_store",
    "find_config",
    "invalid",
    "keys",
    "load",
    "unknown_key",
]

FILE_NAME = "costguard.toml"

SITES = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
"""Datadog's sites (docs/datadog.md, A)."""


def _site(value: str) -> str:
    if value not in SITES:
        raise ValueError(f"{shown(value)} is not a Datadog site; {suggest(value, SITES)}")
    return value


def _variable(value: str) -> str:
    """The name of an environment variable; never shown, for a key may have been written there by mistake."""
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", value) or re.fullmatch(r"[0-9A-F]{32,}", value):
        raise ValueError("must be the name of an environment variable (capitals, digits, _), never the key itself")
    return value


def _printable(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must not be blank or hold control characters")
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("must be a currency's three capital letters, like USD")
    return value


Variable = Annotated[str, AfterValidator(_variable)]


class OrgSettings(Frozen):
    """An organisation to read, and the names of the environment variables that hold its keys."""

    name: Annotated[str, AfterValidator(_printable)]
    site: Annotated[str, AfterValidator(_site)] = "datadoghq.com"
    api_key_env: Variable = "DD_API_KEY"
    app_key_env: Variable = "DD_APP_KEY"
    parent: StrictBool | None = None
    """Whether it is the account's parent, whose keys read usage and cost; None = to be found out."""
    public_id: str | None = None


class RuleSettings(Frozen):
    """A `[rules.<id>]` table; the options are checked by the registry, which knows the rule's thresholds."""

    enabled: StrictBool = True
    options: Mapping[str, Any] = {}


def default_store() -> Path:
    """The store in the platform's state directory."""
    return Path(platformdirs.user_state_dir("costguard", appauthor=False)) / "costguard.duckdb"


class Settings(Frozen):
    """Everything that can be set, with its default."""

    orgs: Annotated[tuple[OrgSettings, ...], Field(min_length=1)] = (OrgSettings(name="default"),)
    currency: Annotated[str, AfterValidator(_currency)] = "USD"
    """ISO 4217 code of the account's currency; Datadog's API names none."""
    store: Path = Field(default_factory=default_store)
    api_url: str | None = None
    """A proxy or a simulator in place of the site's API; None = the site of each organisation."""
    rules: Mapping[str, RuleSettings] = {}
    """By rule id."""
    rule_paths: tuple[Path, ...] = ()
    """Directories with rules of the user's own."""
    rate_limit_share: Decimal = Field(Decimal("0.5"), gt=0, le=1)
    """The share of what is left of a rate limit that costguard takes."""
    contract: Contract = Contract()
    """What the contract says and no interface of Datadog's tells."""
    attribution: Attribution = Attribution()
    """How usage and cost are read by tags."""
    usage: UsageSettings = UsageSettings()
    """How much usage and cost is read."""
    budgets: Budgets = Budgets()
    """What a month may cost."""
    kubernetes: KubernetesSettings | None = None
    """None = no `[kubernetes]` table: nothing is asked about Kubernetes."""
    file: Path | None = None
    """The file that was read; None = defaults."""

    @property
    def source(self) -> str:
        """The file's name for messages."""
        return shown(str(self.file or FILE_NAME))

    @model_validator(mode="after")
    def _one_of_each(self) -> "Settings":
        repeated = [name for name, count in Counter(org.name for org in self.orgs).items() if count > 1]
        if repeated:
            raise ValueError(f"orgs: two organisations are named {shown(repeated[0])}; give each its own name")
        parents = [shown(org.name) for org in self.orgs if org.parent]
        if len(parents) > 1:
            raise ValueError(f"orgs: {' and '.join(parents)} are both marked parent; an account has one")
        if self.contract.currency not in (None, self.currency):
            other = shown(str(self.contract.currency))
            raise ValueError(f"contract.currency: {other}, but currency is {self.currency}; give one for both")
        return self


@dataclass(frozen=True, slots=True)
class Keys:
    """An organisation's keys; they show in no repr."""

    api: str = field(repr=False)
    app: str = field(repr=False)


class Overrides(TypedDict, total=False):
    """What a command's flags set; None = the flag was not given."""

    store: Path | None
    api_url: str | None


def find_config(path: Path | None, env: Mapping[str, str]) -> Path | None:
    """The settings file: the one asked for, COSTGUARD_CONFIG, or ./costguard.toml if there is one."""
    asked = path or env.get("COSTGUARD_CONFIG")
    if asked:
        return Path(asked)
    return Path(FILE_NAME) if os.path.lexists(FILE_NAME) else None


def load(path: Path | None, env: Mapping[str, str], overrides: Overrides | None = None) -> Settings:
    """The settings: flags over environment over file over defaults.

    Paths in the file are relative to it. DD_SITE belongs to DD_API_KEY: it is the site of the organisations that take
    their key from there, and the default of the others. Raises SettingsError.
    """
    file = find_config(path, env)
    settings = _read(file) if file else Settings()
    flags = overrides or {}
    changes: dict[str, Any] = {}
    if site := env.get("DD_SITE"):
        changes["orgs"] = tuple(_on_site(site, org) for org in settings.orgs)
    if api_url := flags.get("api_url") or env.get("COSTGUARD_API_URL"):
        changes["api_url"] = api_url
    if store := flags.get("store") or env.get("COSTGUARD_STORE"):
        changes["store"] = Path(store)
    return settings.model_copy(update=changes)


def keys(org: OrgSettings, env: Mapping[str, str]) -> Keys:
    """The organisation's keys from the variables that its settings name; raises SettingsError, which shows no value."""

    def value(variable: str) -> str:
        key = env.get(variable, "").strip()
        if not key:
            raise SettingsError(f"organisation {shown(org.name)}: {variable} is not set; export it with its key")
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise SettingsError(f"organisation {shown(org.name)}: {variable} does not hold a key; copy it again")
        return key

    return Keys(api=value(org.api_key_env), app=value(org.app_key_env))


def _read(file: Path) -> Settings:
    source = shown(str(file))
    try:
        values = tomllib.loads(file.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise SettingsError(f"{source}: cannot be read: {error.strerror}; check --config or COSTGUARD_CONFIG") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{source}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except ArithmeticError:
        raise SettingsError(f"{source}: not valid TOML: a number is out of range") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{source}: not valid TOML: {shown(str(error))}") from None
    allowed = Settings.model_fields.keys() - {"file"}
    for key in sorted(values.keys() - allowed):
        raise unknown_key(source, (key,), allowed)
    if isinstance(rules := values.get("rules"), dict):
        values["rules"] = {rule: _rule(table) for rule, table in rules.items()}
    try:
        settings = Settings.model_validate(values | {"file": file})
    except ValidationError as error:
        raise invalid(source, (), error, Settings, orgs=OrgSettings, kubernetes=KubernetesSettings) from None
    changes: dict[str, Any] = {"rule_paths": tuple(_beside(file, path) for path in settings.rule_paths)}
    if "store" in values:
        changes["store"] = _beside(file, settings.store)
    if (kubernetes := settings.kubernetes) and kubernetes.prices_file:
        beside = kubernetes.model_copy(update={"prices_file": _beside(file, kubernetes.prices_file)})
        # Looked at now, so that a mistake in it comes up before minutes of reading.
        node_prices(beside, settings.currency)
        changes["kubernetes"] = beside
    return settings.model_copy(update=changes)


def _rule(table: Any) -> Any:
    """A rule's table with its options apart; what is no table is left for the validation to refuse."""
    if not isinstance(table, dict):
        return table
    options = {key: value for key, value in table.items() if key != "enabled"}
    return {key: value for key, value in table.items() if key == "enabled"} | {"options": options}


def _beside(file: Path, path: Path) -> Path:
    """A path of the settings file, which is relative to it; ~ is the home directory, where there is one."""
    return file.parent / os.path.expanduser(path)


def _on_site(site: str, org: OrgSettings) -> OrgSettings:
    if org.api_key_env != "DD_API_KEY" and "site" in org.model_fields_set:
        return org
    try:
        return OrgSettings.model_validate(org.model_dump() | {"site": site})
    except ValidationError as error:
        raise invalid("environment variable DD_SITE", (), error, OrgSettings) from None
