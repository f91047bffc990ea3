"""``headwater serve`` and ``api-key``: features, pages and models over HTTP, and who may read them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headwater.api_keys import is_loopback, keys_in
from headwater.commands.runtime import say
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import Endpoints, endpoints, kafka_of, redis_of
from headwater.runtime.ports import LOOPBACK
from headwater.settings import Settings, load
from serving.keys import SCOPES, line, new_key

KeysFile = Annotated[Path | None, typer.Option("--keys", help="A file of keys; see `headwater api-key`.")]


def serve_api(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen on.")] = 8_080,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes, for more than one processor.")] = 1,
    cache_ms: Annotated[int, typer.Option(min=0, help="Answer from memory what was read so lately.")] = 0,
    patience_ms: Annotated[int, typer.Option(min=1, help="How long to wait for Redis.")] = 45,
    keys: KeysFile = None,
    log: Annotated[
        Path | None,
        typer.Option("--log-served", help="A folder that gets a share of all answers, as Parquet."),
    ] = None,
    share: Annotated[float, typer.Option("--log-share", min=0, max=1, help="That share of reads.")] = 0.01,
    is_open: Annotated[bool, typer.Option("--open", help="Serve others without asking for keys.")] = False,
) -> None:
    """Serve features, candidates, ranked pages, models and live pages over HTTP, until it is stopped.

    The contract is /openapi.json. Without --keys everybody who reaches it may read everything, so it then
    listens on the loopback address only, unless --open says that this is meant. The log is JSON, on stdout.
    """
    known = keys_in(keys)
    if known is None and not is_open and not is_loopback(host):
        raise HeadwaterError(
            f"--host {host} is open to others, and there are no keys", "give --keys FILE, or --open"
        )
    if log:
        _made(log)
    # What serves takes half a second to import; no other command needs it.
    from headwater.server import Served, serve

    settings = load()
    redis, look_at = redis_of(settings), _all_of(settings)
    say(f"http://{host}:{port}{'' if look_at and known is None else ', without the pages'}")
    kept = (log, share) if log else None
    titles = _titles(settings)
    serve(Served(redis, host, port, workers, cache_ms, patience_ms, known, look_at, kept, titles))


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"--log-served {folder} is no folder to write to ({error.strerror})"
        raise HeadwaterError(told, "name another") from None


def _all_of(settings: Settings) -> tuple[Settings, Endpoints] | None:
    """What pages and metrics look at; None if some of it runs nowhere, which the API does not need."""
    try:
        return settings, endpoints(settings)
    except HeadwaterError as error:
        say(str(error))
        return None


def _titles(settings: Settings) -> str | None:
    """The Kafka with the catalogue of titles; None without one, which is ranked without, too."""
    try:
        return kafka_of(settings)
    except HeadwaterError:
        return None


def api_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will have it, such as ranker.")],
    file: Annotated[Path, typer.Option("--keys", help="The file of keys that gets a line for it.")],
    scopes: Annotated[str, typer.Option(help="What it may read, separated by commas.")] = ",".join(SCOPES),
) -> None:
    """Make an API key: print it, this once, and add its hash to a file of keys.

    Take the line out of the file and start `headwater serve` again to take the key back.
    """
    wanted = scopes.split(",")
    if strange := sorted({*wanted} - {*SCOPES}):
        raise HeadwaterError(f"--scopes names {strange[0]!r}", f"use some of {', '.join(SCOPES)}")
    if len(name.split()) != 1 or "#" in name:
        raise HeadwaterError(f"{name!r} is no name", "give one word, without #")
    key = new_key()
    file.touch(mode=0o600)
    with file.open("a") as keys:
        print(line(name, key, wanted), file=keys)
    print(key)
