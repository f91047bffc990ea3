"""A server that takes alerts, as a webhook's does."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Self

from schemas.quality import Alert


class Receiver:
    """Answers with the next of some codes, and with 200 in the end; `taken` is what was answered so."""

    def __init__(self, *codes: int) -> None:
        self.taken: list[Alert] = []
        taken, left = self.taken, list(codes)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code = left.pop(0) if left else 200
                if code == 200:
                    taken.append(Alert.from_json(body))
                self.send_response(code)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silence."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
