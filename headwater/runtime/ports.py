"""Taken ports, told by the setting that asks for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from headwater.errors import HeadwaterError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Port:
    """A port that a part will listen on, and the setting it comes from."""

    setting: str
    number: int

    def __str__(self) -> str:
        return f"port {self.number} ({variable(self.setting)})"


def variable(setting: str) -> str:
    """The environment variable of a setting.

    >>> variable("kafka_port")
    'HEADWATER_KAFKA_PORT'
    """
    return f"HEADWATER_{setting.upper()}"


def check_distinct(ports: Iterable[Port]) -> None:
    """Raise HeadwaterError if two settings ask for the same port."""
    asked: dict[int, Port] = {}
    for port in ports:
        other = asked.setdefault(port.number, port)
        if other is not port:
            raise HeadwaterError(f"{port} is also {variable(other.setting)}", "give each its own port")


def check_free(ports: Iterable[Port], patience_s: float = 0.0) -> None:
    """Raise HeadwaterError for the first port that stays taken for so long, naming its owner."""
    deadline_s = time.monotonic() + patience_s
    for port in ports:
        while is_taken(port.number) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        if is_taken(port.number):
            remedy = f"stop its owner or set {variable(port.setting)} to a free port"
            raise HeadwaterError(f"{port} is taken{owner(port.number)}", remedy)


def is_taken(number: int) -> bool:
    """Whether a listener on the loopback address would fail."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do it, so that a port that only lingers in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
        except OSError:
            return True
    return False


def owner(number: int) -> str:
    """`` by NAME (pid N)`` if the system lets us see it, else nothing."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and number in connection.laddr[1:]:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return ""


def is_open(host: str, number: int, timeout_s: float = 1.0) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, number), timeout=timeout_s):
            return True
    except OSError:
        return False
