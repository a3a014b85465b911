"""Which proxy the environment asks for: HTTPS_PROXY and NO_PROXY, never for this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from urllib3.util import make_headers

from costguard.datadog.errors import ClientError
from costguard.datadog.sites import is_loopback


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's address without credentials, and the header that carries those."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


def proxy_for(url: str, env: Mapping[str, str]) -> Proxy | None:
    """The proxy for an https URL; None for http, which is only ever this machine. Raises ClientError.

    The lower-case names win over the upper-case ones, as in curl and Python. NO_PROXY lists hosts and domains (with all
    below them), with a port where it matters; * = all.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    value = env.get("https_proxy") or env.get("HTTPS_PROXY")
    excluded = env.get("no_proxy") or env.get("NO_PROXY") or ""
    if not value or parts.scheme != "https" or is_loopback(host) or _listed(excluded, host, parts.port or 443):
        return None
    try:
        proxy = urlsplit(value if "://" in value else f"http://{value}")
        port = f":{proxy.port}" if proxy.port else ""
    except ValueError:
        raise ClientError("HTTPS_PROXY: the host or the port is not valid; write it like http://proxy:3128") from None
    if proxy.scheme not in ("http", "https") or not proxy.hostname:
        raise ClientError("HTTPS_PROXY: must be like http://proxy:3128; other kinds of proxy are not supported")
    name = f"[{proxy.hostname}]" if ":" in proxy.hostname else proxy.hostname
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else None
    return Proxy(f"{proxy.scheme}://{name}{port}", make_headers(proxy_basic_auth=login))


def _listed(excluded: str, host: str, port: int) -> bool:
    for entry in excluded.lower().split(","):
        domain = entry.strip().removesuffix(f":{port}").removeprefix("*.").lstrip(".")
        if domain == "*" or (domain and (host == domain or host.endswith(f".{domain}"))):
            return True
    return False
