"""Asks an API at a rate, whether it keeps up or not: a process of its own, which prints what it saw as JSON.

A request is timed from when it was due, not from when there was time to send it, up to its decoded answer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson
import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"


class Seen(NamedTuple):
    """One request: when it was due, from the beginning; its status, 0 if it broke off; how long it took."""

    due_s: float
    status: int
    took_s: float


class Asker:
    """Keeps connections, and asks on one that is free."""

    def __init__(self, url: str, accept: str, bodies: list[bytes]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._arrow = accept == ARROW
        self._requests = [_request(accept, body) for body in bodies]
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.seen: list[Seen] = []
        self._began_s = 0.0

    async def at(self, rate_per_s: float, seconds: float) -> None:
        """Open loop: a request is sent when it is due."""
        self._began_s, tasks = time.perf_counter(), []
        for n in range(int(rate_per_s * seconds)):
            due_s = n / rate_per_s
            if (wait_s := self._began_s + due_s - time.perf_counter()) > 0:
                await asyncio.sleep(wait_s)
            elif n % 16 == 0:
                await asyncio.sleep(0)
            tasks.append(asyncio.create_task(self._ask(n, due_s)))
        await asyncio.gather(*tasks)

    async def with_clients(self, clients: int, seconds: float) -> None:
        """Closed loop: each client asks as soon as it was answered."""
        self._began_s = time.perf_counter()

        async def one(n: int) -> None:
            while (now_s := time.perf_counter() - self._began_s) < seconds:
                await self._ask(n, now_s)
                n += clients

        await asyncio.gather(*(one(n) for n in range(clients)))

    async def _ask(self, n: int, due_s: float) -> None:
        status = 0
        try:
            reader, writer = (
                self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
            )
            writer.write(self._requests[n % len(self._requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            status = int(head[9:12])
            if status == 200:
                _decode(body, self._arrow)
            self._free.append((reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            status = 0
        self.seen.append(Seen(due_s, status, time.perf_counter() - self._began_s - due_s))


def _decode(body: bytes, arrow: bool) -> None:
    if arrow:
        assert pa.ipc.open_stream(io.BytesIO(body)).read_all().num_rows
    else:
        assert orjson.loads(body)["tables"]


def _request(accept: str, body: bytes) -> bytes:
    head = (
        "POST /features HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Accept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Ask as told, and print each request that was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--accept", default="application/json")
    parser.add_argument("--bodies", type=Path, required=True, help="a file of them, one a line")
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--clients", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    told = parser.parse_args()
    asker = Asker(told.url, told.accept, told.bodies.read_bytes().splitlines())
    # A collection of what was seen would be seen, too.
    gc.disable()
    asyncio.run(
        asker.with_clients(told.clients, told.seconds) if told.clients else asker.at(told.rate, told.seconds)
    )
    print(json.dumps(asker.seen))


if __name__ == "__main__":
    main()
