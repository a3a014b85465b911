"""The official client as a transport: one request in, one answer, refusal or trouble out, no retry and no redirect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from datadog_api_client.rest import RESTClientObject
from urllib3 import exceptions

from costguard.datadog.operations import Operation
from costguard.datadog.proxies import Proxy
from costguard.model.findings import Cause
from costguard.settings import Keys

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
"""Seconds without a byte; a page of 10,000 metrics takes Datadog several."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    """Decompressed, not parsed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with any other status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any = field(repr=False)
    """Parsed JSON, or the text where it is none."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """No usable answer."""

    cause: Cause
    reason: str
    """In a few words, in our own."""
    lasting: bool = False
    """Whether asking again cannot help."""


class Transport:
    """Sends allowed operations to one base URL with one pair of keys; thread-safe."""

    def __init__(
        self, base: str, keys: Keys, *, proxy: Proxy | None, connections: int, timeout: tuple[float, float]
    ) -> None:
        """`connections` are kept open; `timeout` is to connect and between two bytes, in seconds."""
        configuration: Any = Configuration(
            host=base,
            api_key={"apiKeyAuth": keys.api, "appKeyAuth": keys.app},
            # The keys are custom headers, which urllib3 would carry to wherever a redirect points: it must follow none.
            retry_policy=urllib3.Retry(total=False, redirect=False),
        )
        if proxy is not None:
            configuration.proxy, configuration.proxy_headers = proxy.url, proxy.headers
        self._client: Any = ApiClient(configuration)
        # The client's own pool keeps four connections and warns about every other one.
        self._client.rest_client = RESTClientObject(configuration, pools_size=1, maxsize=connections)
        self._client.user_agent = f"costguard {self._client.user_agent}"
        self._headers: dict[str, str] = {"Accept": "application/json"}
        self._headers |= {each["key"]: each["value"] for each in configuration.auth_settings().values()}
        self._timeout = timeout

    def send(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str]
    ) -> Answer | Refusal | Trouble:
        """Send one request and read its answer; `path` and `query` are quoted here."""
        try:
            response = self._client.call_api(
                operation.path,
                operation.method,
                dict(path),
                list(query.items()),
                dict(self._headers),
                preload_content=False,
                request_timeout=self._timeout,
            )
            try:
                return Answer(_lowered(response.headers), response.data)
            except BaseException:
                response.close()  # read to its end it goes back to the others by itself; half read it must not
                raise
        except ApiException as error:
            if not error.status:
                return _tls(str(error.reason))
            return Refusal(error.status, _lowered(error.headers), error.body)
        except UnicodeDecodeError:
            return Trouble(Cause.FAILED, "an error page that is not UTF-8, which Datadog never sends")
        except exceptions.HTTPError as error:
            return _trouble(error)
        except (ValueError, ArithmeticError):
            # What urllib3 lets through: a redirect to an address that is none, a chunk longer than any memory.
            return Trouble(Cause.MALFORMED, "what is not HTTP")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _lowered(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _tls(reason: str) -> Trouble:
    """The client's form of a failed TLS handshake: status 0."""
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        hint = "its certificate is not trusted (behind a proxy, point SSL_CERT_FILE at the proxy's authorities)"
        return Trouble(Cause.UNREACHABLE, hint, lasting=True)
    return Trouble(Cause.UNREACHABLE, "TLS could not be set up")


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ProxyError, "the proxy does not let through"),
    (exceptions.NameResolutionError, "its name does not resolve"),
    (exceptions.NewConnectionError, "no connection is accepted"),
    (exceptions.ConnectTimeoutError, "it took too long to connect"),
    (exceptions.ReadTimeoutError, "it took too long to answer"),
    (exceptions.ProtocolError, "the connection broke off"),
)
"""The first that fits counts; urllib3's own texts hold object addresses and, for proxies, what a stranger answered."""


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, exceptions.DecodeError):
        return Trouble(Cause.MALFORMED, "a body that cannot be decompressed")
    reason = next((text for kind, text in _REASONS if isinstance(error, kind)), "the answer is not HTTP")
    return Trouble(Cause.UNREACHABLE, reason)
