"""`headwater forget` on the real stack: what is held goes, and no job brings it back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import redis
from typer.testing import CliRunner, Result

from features.catalog import VIEWS
from features.duration import parse_ms
from headwater import jobs
from headwater.cli import app
from headwater.demo.probes import probe
from headwater.errors import HeadwaterError
from headwater.traffic.delivery import wall_ms
from headwater.traffic.producer import KafkaSink
from online_models.catalog import MODELS
from online_models.model import OnlineModel
from online_models.published import pack
from schemas.codec import encode
from schemas.forgotten import Forgotten
from schemas.orders import read
from schemas.quality import Violation
from schemas.topics import FORGOTTEN, FUTURE_TOLERANCE_MS, ORDERS, raw
from serving import FeatureReader
from sinks.redis_features import connect
from sinks.redis_flags import RedisFlags
from sinks.redis_models import RedisModels
from tests.learning import batches, planted, told
from tests.records import read_all

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = pytest.mark.runtime

PATIENCE_S = 60.0
#: Two rings of member_activity; a ring and the last searches of member_history.
HELD = {"features": 4, "flags": 1, "vectors": 0}
VIEW, TILE_MS = "member_activity", parse_ms(VIEWS["member_activity"].windows["10m"])


@pytest.fixture
def client(stack: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    for service, address in asdict(stack.endpoints).items():
        monkeypatch.setenv(f"HEADWATER_{service.upper()}", address)
    with closing(connect(stack.endpoints.redis)) as found:
        yield found


def forget(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["forget", *arguments])


def searches(client: redis.Redis, member: str, now_ms: int) -> tuple[int, str]:
    found = FeatureReader(client).read(VIEW, [member], now_ms)
    return int(found.values["searches_10m"][0]), str(found.status[0])


def once(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# It sends events, of which the ledger of the shared stack tells other tests.
@pytest.mark.soak
def test_what_is_held_of_a_member_goes_and_does_not_come_back(stack: Running, client: redis.Redis) -> None:
    where = stack.endpoints
    jobs.ensure_all(stack.settings, where, ("compute_features", "validate_events"), print)
    gone, other = (f"m*|{uuid4()}" for _ in range(2))
    sink = KafkaSink(where.kafka)

    def search(member: str, at_ms: int) -> None:
        event = probe(member, at_ms) | {"event_id": str(uuid4())}
        sink.send(raw("search"), member.encode(), encode("search", event))
        sink.flush()

    sent_ms = wall_ms()
    for member in (gone, other):
        search(member, sent_ms)
        told = Violation("device_rate", "play", member, sent_ms, "e", 31, 30, 1_000, "")
        RedisFlags(client).flag([told], {"device_rate": 3_600_000})
    once(lambda: all(searches(client, member, sent_ms)[0] == 1 for member in (gone, other)))

    def before() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(forget(gone, "--dry-run", "--json").stdout)
        return told

    once(lambda: before()["removed"] == HELD)
    assert before()["mark"] is None
    assert searches(client, gone, sent_ms) == (1, "fresh")

    receipt = json.loads(forget(gone, "--json").stdout)
    assert (receipt["member"], receipt["removed"]) == (gone, HELD)
    assert searches(client, gone, sent_ms) == (0, "missing")
    assert searches(client, other, sent_ms) == (1, "fresh")
    flagged = RedisFlags(client).read([gone, other], sent_ms)
    assert flagged == {gone: {}, other: {"device_rate": sent_ms}}
    (mark,) = [r for r in read_all(where.kafka, [FORGOTTEN]) if r.key == gone.encode()]
    assert mark.value == Forgotten(receipt["at_ms"]).to_json()
    assert receipt["mark"] == {"topic": FORGOTTEN, "partition": 0, "offset": mark.offset}

    # What happened before is counted by the job once more, and told of as little as before.
    search(gone, sent_ms)
    next_ms = (receipt["at_ms"] // TILE_MS + 1) * TILE_MS
    time.sleep(max(0, next_ms - FUTURE_TOLERANCE_MS + 1_000 - wall_ms()) / 1_000)
    search(gone, next_ms)
    once(lambda: searches(client, gone, next_ms)[0] > 0)
    assert searches(client, gone, next_ms)[0] == 1

    # Nor does a job that counts all of it again from the log bring it back.
    jobs.deploy(stack.settings, where, True, print)
    assert searches(client, gone, next_ms)[0] == 1
    assert searches(client, other, next_ms)[0] == 1

    again = forget(f"nobody-{uuid4()}", "--json")
    assert (again.exit_code, json.loads(again.stdout)["removed"]) == (0, dict.fromkeys(HELD, 0))


def test_models_are_ordered_to_let_go_of_the_members_vector(stack: Running, client: redis.Redis) -> None:
    gone, declared = f"m-{uuid4()}", MODELS["next_title"]
    model = OnlineModel(declared)
    for batch in batches(told(declared, planted(1_000, 1, members=1, prefix=gone))):
        model.learn(batch)
    RedisModels(client).write(declared.name, 2**40, model.summary(), pack(model), wall_ms())
    receipt = json.loads(forget(f"{gone}0", "--json").stdout)
    assert receipt["removed"] == {"features": 0, "flags": 0, "vectors": 1}
    orders = [read(record.value) for record in read_all(stack.endpoints.kafka, [ORDERS])]
    (order,) = [order for order in orders if order.member == f"{gone}0"]
    assert (order.model, order.action) == (declared.name, "forget")
    assert order.at_ms > model.seen_until_ms
    client.delete("hw:model:{next_title}", "hw:predictor:{next_title}")


def test_a_member_without_a_name_is_refused() -> None:
    assert isinstance(forget("").exception, HeadwaterError)
