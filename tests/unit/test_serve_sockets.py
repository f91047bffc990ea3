"""Processes that share a socket answer at once, as one process does."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from headwater import server
from headwater.server import Served, serve
from tests.stacks import free_ports

pytestmark = pytest.mark.unit


def test_connections_of_several_processes_do_not_wait_for_an_ack(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    class Processes:
        """In the place of uvicorn's: a connection is accepted as they would."""

        def __init__(self, config: Any, sockets: Sequence[socket.socket]) -> None:
            self._socket = sockets[0]

        def run(self) -> None:
            with self._socket as bound:
                bound.listen()
                with socket.create_connection(bound.getsockname()), bound.accept()[0] as accepted:
                    found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(server, "Multiprocess", Processes)
    monkeypatch.delenv(server.SHARED, raising=False)
    (port,) = free_ports(1)
    serve(Served("redis://127.0.0.1:1/0", "127.0.0.1", port, 2, 0, 45, None))
    monkeypatch.delenv(server.SHARED, raising=False)
    assert [bool(of) for of in found] == [True]
