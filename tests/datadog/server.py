"""A loopback HTTP server that answers as it is told, and a clock that runs only while everybody sleeps."""

import gzip
import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer: `body` is JSON unless it is bytes."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    gzipped: bool = False
    missing: int = 0
    """So many bytes of the announced body are not sent."""
    endless: bool = False
    """No Content-Length: the body ends with the connection."""
    raw: bytes = b""
    """Sent as it is instead of an answer."""
    hang_up: str = ""
    """"close" or "reset" the connection instead of answering."""


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    """Still quoted."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


Script = list[Reply] | Callable[[Request], Reply]


class Server:
    """Answers each path with its replies in turn, the last one for ever; a path without any is 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Script] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.gone = threading.Semaphore(0)
        """Released for each connection that has been closed."""
        self._lock = threading.Lock()
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "Server":
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def reply(self, request: Request) -> Reply:
        """Note a request and choose its reply."""
        with self._lock:
            self.requests.append(request)
            script = self.replies.get(request.path, [Reply(404, {"errors": ["Not found"]})])
            if callable(script):
                return script(request)
            turn = min(self._asked[request.path], len(script) - 1)
            self._asked[request.path] += 1
            return script[turn]


class _Http(ThreadingHTTPServer):
    owner: Server
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def finish(self) -> None:
        super().finish()
        self.server.owner.gone.release()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_CONNECT(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        path = self.path if self.command == "CONNECT" else url.path
        reply = self.server.owner.reply(Request(self.command, path, query, headers, body))
        if reply.hang_up:
            self._hang_up(reply.hang_up)
            return
        if reply.raw:
            self.close_connection = True
            self.wfile.write(reply.raw)
            return
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        if reply.gzipped:
            content = gzip.compress(content)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.gzipped:
            self.send_header("Content-Encoding", "gzip")
        if reply.endless or reply.missing:
            self.send_header("Connection", "close")
        if not reply.endless:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - reply.missing])

    def _hang_up(self, how: str) -> None:
        self.close_connection = True
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


class Clock:
    """Seconds that pass only when all `workers` sleep, and then at once to the first that wakes."""

    def __init__(self, workers: int = 1) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._workers = workers
        self._waking: list[float] = []
        self._changed = threading.Condition()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Sleep so long by this clock."""
        with self._changed:
            self.slept.append(seconds)
            until = self.now + seconds
            self._waking.append(until)
            self._pass()
            while self.now < until:
                self._changed.wait()

    def leave(self) -> None:
        """A worker has done its work: nobody waits for it."""
        with self._changed:
            self._workers -= 1
            self._pass()

    def _pass(self) -> None:
        if self._waking and len(self._waking) == self._workers:
            self.now = min(self._waking)
            self._waking = [each for each in self._waking if each > self.now]
            self._changed.notify_all()
