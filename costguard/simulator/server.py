"""Loopback HTTP/1.1: connections that stay open between requests, around a world that answers them."""

import contextlib
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from costguard.simulator.world import Request, World


class Server(ThreadingHTTPServer):
    """Serves a world on the loopback interface; port 0 takes any free one."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection that sends what it has at once."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to speak of; anything else is a defect of the simulator."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        """Ends the conversations that are still open, waits for their threads, and frees the port."""
        self.world.stopping.set()
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):  # the client may have ended it at this moment
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server

    def answer(self) -> None:
        """Reads the request to its end and writes the answer in one piece."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.world.serve(Request(self.command, self.path, headers))
        if answer is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.broken else answer.body)
        self.close_connection = self.close_connection or answer.broken

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the requests are in the world's log."""
