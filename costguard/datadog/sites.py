"""Which addresses costguard may talk to, and where a site's pages are."""

import ipaddress
import re

from datadog_api_client import Configuration

from costguard.datadog.errors import ClientError
from costguard.safetext import visible

WHERE = "--api-url, COSTGUARD_API_URL or api_url"

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9._~/-]*)?"
)


def api_base(site: str, api_url: str | None) -> str:
    """Where the API is: at `api_url` where one is set, else at the site, as the official client knows it.

    Raises ClientError for a site that the client does not know and for an address that keys must not be sent to.
    """
    try:
        # Asked with the site given: left to itself the client would read DD_SITE for every organisation.
        base: str = Configuration().get_host_from_settings(0, {"site": site})
    except ValueError:
        raise ClientError(
            f"{visible(site)} is not a Datadog site; set `site` to one, for example datadoghq.eu"
        ) from None
    return base if api_url is None else _checked(api_url)


def _checked(url: str) -> str:
    """`url` without a final slash; raises ClientError, which does not repeat it, for credentials may be in it."""
    match = _URL.fullmatch(url)
    if not match or not 0 < int(match["port"] or 443) < 65_536:
        raise ClientError(f"{WHERE}: must be like https://host:port/path: no credentials, no query, no blanks")
    host = match["host"].strip("[]").lower()
    if match["scheme"] == "http" and not is_loopback(host):
        raise ClientError(
            f"{WHERE}: http would send the keys to {host} in the clear; use https (http only on loopback)"
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address == ipaddress.IPv6Address("::1") or address in ipaddress.ip_network("127.0.0.0/8")


def app_base(site: str) -> str:
    """Where people see the site's pages: datadoghq.eu → https://app.datadoghq.eu, us3.datadoghq.com → https://us3.…"""
    return f"https://{site}" if site.count(".") > 1 else f"https://app.{site}"
