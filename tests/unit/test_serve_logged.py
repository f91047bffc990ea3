"""What `headwater serve` keeps of what it serves, with a real Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
import redis
from typer.testing import CliRunner

from features.catalog import VIEWS
from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.server import Served, application
from sinks.redis_features import RedisTiles
from sinks.redis_generations import take_over
from tests.reading import SAMPLE
from tests.tiles import write_all

ASK = {"ask": [{"views": ["title_engagement", "title_seek"], "entities": ["t1", "t2"]}]}


@pytest.mark.runtime
def test_what_the_api_answers_is_kept_and_counted(client: redis.Redis, tmp_path: Path) -> None:
    client.flushall()
    take_over(client, 0)
    write_all(RedisTiles(client), VIEWS["title_engagement"], SAMPLE)
    url = f"redis://127.0.0.1:{client.connection_pool.connection_kwargs['port']}/0"
    log = tmp_path / "log"
    served = application(Served(url, "127.0.0.1", 1, 1, 0, 5_000, None, log=(log, 1.0)))

    async def asked() -> set[int]:
        transport = httpx.ASGITransport(app=served)
        async with (
            served.router.lifespan_context(served),
            httpx.AsyncClient(transport=transport, base_url="http://api") as api,
        ):
            told = [(await api.post("/features", json=ASK)).json()["now_ms"] for _ in range(3)]
            assert (await api.get("/features/title_engagement/t1")).status_code == 200
            assert not log.exists(), "nothing is written while it answers"
        return {*told}

    told = asyncio.run(asked())
    tables = {file.parent.parent.name: pq.read_table(file) for file in log.glob("*/*/*.parquet")}
    assert {view: len(table) for view, table in tables.items()} == {
        "title_engagement@1": 7,
        "title_seek@1": 6,
    }
    assert all(told <= {*table["at_ms"].to_pylist()} for table in tables.values())
    counted = served.state.metrics.text().decode()
    assert 'headwater_api_logged_total{fate="written"} 13.0' in counted
    assert 'fate="dropped"' not in counted


@pytest.mark.unit
def test_a_folder_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = CliRunner().invoke(app, ["serve", "--log-served", str(tmp_path / "file")])
    assert isinstance(found.exception, HeadwaterError)
    assert "is no folder to write to" in str(found.exception)
