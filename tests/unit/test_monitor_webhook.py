"""Alerts reach a webhook in their order, over its failures, and what it never takes is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from headwater.monitor.webhook import Webhook
from schemas.quality import Alert

pytestmark = pytest.mark.unit


def alert(n: int) -> Alert:
    return Alert(n, "rejected_share", "play", "all", "", "raised", 0.4, 0.2, 60_000, "validity", "too many")


class Receiver:
    """A server that answers with the next of some codes, and 200 in the end."""

    def __init__(self, *codes: int) -> None:
        taken, left = self.taken, codes_left = list[Alert](), list(codes)

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

        self.left = codes_left
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/alerts"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def failing() -> Iterator[Receiver]:
    receiver = Receiver(500, 503)
    yield receiver
    receiver.close()


def test_an_alert_is_posted_again_until_it_is_taken(failing: Receiver) -> None:
    said, waits = list[str](), list[float]()
    hook = Webhook(failing.url, said.append, waits.append)
    for n in range(3):
        hook.send(alert(n))
    hook.close()
    assert failing.taken == [alert(0), alert(1), alert(2)]
    assert waits == [1.0, 5.0]
    assert said == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "no address"])
def test_what_nobody_takes_is_told_and_holds_nothing_up(url: str) -> None:
    said = list[str]()
    hook = Webhook(url, said.append, lambda _: None)
    hook.send(alert(0))
    hook.send(alert(1))
    hook.close()
    assert len(said) == 2
    assert all("rejected_share was not told there" in line for line in said)
