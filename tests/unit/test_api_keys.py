"""Who may read what, and how much at once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from headwater.api_keys import keys_in
from headwater.cli import app
from headwater.errors import HeadwaterError
from serving.api.limits import Limits
from serving.api.logs import JsonLines
from serving.keys import SCOPES, Keys, line, new_key
from sinks.memory import MemoryTiles
from tests.served import Api, Redis

pytestmark = pytest.mark.unit

PATHS = {
    "features": "/views",
    "candidates": "/candidates?member=m1",
    "rank": "/rank",
    "models": "/models",
    "metrics": "/metrics",
}
ONE = {"ask": [{"views": ["title_engagement"], "entities": ["t1"]}]}


def ask(api: Api, scope: str, **more: Any) -> int:
    """The status that the path of a scope answers with."""
    if scope == "rank":
        return api.post("/rank", {"member": "m1"}, **more).status_code
    return api.get(PATHS[scope], **more).status_code


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_every_scope_opens_its_path_and_no_other() -> None:
    assert {*PATHS} == {*SCOPES}
    keys = {scope: new_key() for scope in SCOPES}
    api = Api(keys=Keys.parse([line(f"of-{scope}", key, [scope]) for scope, key in keys.items()]))
    for scope, key in keys.items():
        allowed = {of for of in PATHS if ask(api, of, headers=bearer(key)) == 200}
        refused = {ask(api, of, headers=bearer(key)) for of in PATHS if of != scope}
        assert (allowed, refused) == ({scope}, {403})


def test_without_a_key_or_with_a_wrong_one_only_health_is_told() -> None:
    api = Api(keys=Keys.parse([line("ranker", "hw_right", SCOPES)]))
    for headers in {}, bearer("hw_wrong"), {"Authorization": "Basic hw_right"}, bearer(""):
        assert {ask(api, scope, headers=headers) for scope in PATHS} == {401}
        assert api.get("/features/title_seek/t1", headers=headers).status_code == 401
    assert api.get("/health/live").status_code == api.get("/health/ready").status_code == 200
    assert api.get("/views", headers=bearer("hw_right")).status_code == 200


def test_keys_are_made_and_read_by_commands(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    made = [
        CliRunner().invoke(app, ["api-key", "ranker", "--keys", str(file), "--scopes", scopes]).stdout.strip()
        for scopes in ("features", "features,models")
    ]
    keys = keys_in(file)
    assert keys
    found = [keys.of(key) for key in made]
    assert [key and key.scopes for key in found] == [{"features"}, {"features", "models"}]
    assert not any(key in file.read_text() for key in made), "only hashes are kept"
    assert file.stat().st_mode & 0o077 == 0, "and are nobody else's to read"


@pytest.mark.parametrize("text", ["", "# nothing\n", "ranker abc features", "ranker " + "0" * 64 + " all"])
def test_a_file_without_a_key_opens_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(HeadwaterError):
        keys_in(tmp_path / "keys")


def test_others_are_not_served_without_keys_unless_that_is_said() -> None:
    result = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0"])
    assert isinstance(result.exception, HeadwaterError)
    assert "--open" in result.exception.remedy


def test_what_is_above_the_limits_is_refused_at_once_and_the_rest_answered() -> None:
    limits = Limits(at_once=2, waiting=3, wait_s=5.0)
    api = Api(Redis(MemoryTiles(), slow_s=0.02), limits=limits)

    async def ask() -> Counter[int]:
        async with api.client() as client:
            found = await asyncio.gather(*(client.post("/features", json=ONE) for _ in range(20)))
            again = await client.post("/features", json=ONE)
            assert again.status_code == 200, "it recovers"
            assert all(r.headers["retry-after"] for r in found if r.status_code == 503)
            assert (await client.get("/health/live")).status_code == 200
            return Counter(r.status_code for r in found)

    assert asyncio.run(ask()) == {200: 5, 503: 15}
    assert 'headwater_api_refused_total{why="full"} 15.0' in api.get("/metrics").text


def test_nobody_waits_for_longer_than_the_limit() -> None:
    api = Api(Redis(MemoryTiles(), slow_s=0.03), limits=Limits(at_once=1, waiting=10, wait_s=0.001))

    async def ask() -> list[int]:
        async with api.client() as client:
            found = await asyncio.gather(*(client.post("/features", json=ONE) for _ in range(5)))
            return sorted(r.status_code for r in found)

    assert asyncio.run(ask()) == [200, 503, 503, 503, 503]


def test_a_body_that_is_large_or_slow_is_not_waited_for() -> None:
    api = Api(limits=Limits(body_bytes=100, body_s=0.01))
    assert api.post("/features", {"ask": "x" * 200}).status_code == 413
    assert api.post("/features", ONE).status_code == 200

    async def slowly() -> int:
        async def never() -> dict[str, object]:
            await asyncio.sleep(5)
            return {"type": "http.disconnect"}

        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/features", "method": "POST", "headers": [], "query_string": b""}
        await api.app(scope, never, send)  # type: ignore[arg-type]
        return int(sent[0]["status"])  # type: ignore[call-overload]

    assert asyncio.run(slowly()) == 408


def test_requests_are_logged_as_json_without_keys_and_entities(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(keys=Keys.parse([line("ranker", "hw_right", SCOPES)]))
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {**bearer("hw_right"), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    with caplog.at_level(logging.INFO, "headwater.api"):
        api.get("/features/title_seek/secret", headers=headers)
    (record,) = [record for record in caplog.records if record.name == "headwater.api"]
    text = JsonLines().format(record)
    told = json.loads(text)
    assert (told["route"], told["status"], told["key"]) == ("/features/{view}/{entity:path}", 200, "ranker")
    assert told["trace"] == trace
    assert "hw_right" not in text
    assert "secret" not in text
