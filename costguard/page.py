"""What every HTML page of ours has: one file, escaped text, and a policy under which nothing in it can run."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from costguard import wording
from costguard.bundled import bundled
from costguard.model.money import Usd
from costguard.safetext import visible


def page(template: str, currency: str, *, styles: tuple[str, ...], script: str | None = None, **values: Any) -> str:
    """The page that a template of ours makes of these values, with the styles and the script of templates/."""
    templates = bundled("templates")
    style = "".join((templates / each).read_text("utf-8") for each in styles)
    code = (templates / script).read_text("utf-8") if script else ""
    return (
        _environment(currency)
        .get_template(template)
        .render(
            **values,
            policy=_policy(style, code),
            # Ours, and not a reader's text: what is between the tags must be what the policy's hashes are of.
            style=Markup(style),  # noqa: S704
            script=Markup(code),  # noqa: S704
        )
    )


def _environment(currency: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(bundled("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters(currency)
    return environment


def filters(currency: str) -> Mapping[str, Any]:
    """How amounts, units and times are said in a template."""

    def money(amount: Usd | None, *, whole: bool = False) -> str:
        return wording.money(amount, currency, whole=whole)

    return {
        "money": money,
        "count": wording.count,
        "scale": wording.scale,
        "quantity": wording.quantity,
        "month": wording.month,
        "minute": wording.minute,
        "day": wording.day,
        "product": wording.product,
        "cause": wording.cause,
        "kind": wording.kind,
        "plural": wording.plural,
        "link": link,
    }


def link(url: str) -> str | None:
    """The address if it may become a link: https to a named host; None otherwise."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if url.startswith("https://") and parts.hostname and visible(url) == url else None


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy under which this style and this script are all that has any effect."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            *([f"script-src '{_digest(script)}'"] if script else []),
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _shown(value: Any) -> Any:
    """What the template puts into the page, with characters made visible that would act on the reader's eye."""
    return visible(value, lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value
