"""What is filled from files is what the stream wrote, byte for byte; beside a job nothing goes back."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
import redis

from features.layout import layouts, newest_key
from features.listing_layout import list_layouts
from features.offline import whole_tiles
from features.view import View
from flink_jobs.kept_topic import Written
from flink_jobs.live_forgotten import LiveForgotten
from headwater.refill import Filled, fill, seen
from schemas.forgotten import Forgotten
from serving import FeatureReader
from sinks.redis_features import RedisTiles
from sinks.redis_generations import take_over
from sinks.redis_members import MEMBER
from tests.doubles import MemoryTopic
from tests.gallery import EVERY
from tests.naive import Event
from tests.offline import crowded, log_of
from tests.reading import DAY_MS, NOW_MS, check
from tests.tiles import rows_of, write

pytestmark = pytest.mark.runtime

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
#: How long events crowd: within a tile, within what may follow a hover, over tiles of half an hour.
SPANS_MS = (5_000, 900_000, 3 * 3_600_000)
NOBODY = LiveForgotten(MemoryTopic())


def streamed(client: redis.Redis, view: View, events: Sequence[Event]) -> None:
    """As the job writes: the oldest tiles first."""
    at = len(view.entity)
    for layout in (*layouts(view), *list_layouts(view)):
        rows = sorted(
            rows_of(layout, events), key=lambda row: (isinstance(row[at], int) and row[at], str(row))
        )
        write(RedisTiles(client), layout, rows)


def filled(client: redis.Redis, view: View, events: Sequence[Event], who: LiveForgotten = NOBODY) -> Filled:
    span = whole_tiles(view, 0, NOW_MS + DAY_MS)
    return fill(log_of(events), view, RedisTiles(client), who, *span)


def held(client: redis.Redis, view: View) -> dict[bytes, Any]:
    """All that stands there: strings of rings; of lists what means something."""
    found: dict[bytes, Any] = {}
    for layout in layouts(view):
        (pattern,) = layout.keys(["*"], 0)
        found |= {key: client.get(key) for key in client.scan_iter(pattern)}
    for layout in list_layouts(view):
        (pattern,) = layout.keys(["*"], 0)
        for key in client.scan_iter(pattern):
            (slots,) = layout.unpack([client.get(key)])
            found[key] = [(s["tile"], s["entries"][: s["used"]].tobytes()) for s in slots if s["used"]]
    return found | {b"newest": client.get(newest_key(view, 0))}


def slots(client: redis.Redis, view: View) -> dict[bytes, Any]:
    """The same, but for how long a string is: that depends on which of its tiles was written first."""
    return {
        key: value.rstrip(b"\0") if isinstance(value, bytes) else value
        for key, value in held(client, view).items()
    }


@views
@pytest.mark.parametrize("span_ms", SPANS_MS)
def test_a_redis_that_was_emptied_is_as_before(client: redis.Redis, view: View, span_ms: int) -> None:
    events = crowded(Random(f"{view.name}/{span_ms}"), span_ms)
    client.flushall()
    streamed(client, view, events)
    before = held(client, view)
    client.flushall()
    told = filled(client, view, events)
    assert held(client, view) == before
    assert told.keys == len(before) - 1


@views
@pytest.mark.parametrize("seed", range(3))
def test_what_is_filled_beside_a_job_is_what_it_would_have_written(
    client: redis.Redis, view: View, seed: int
) -> None:
    random = Random(f"{view.name}/{seed}")
    events = crowded(random, 3 * 3_600_000)
    client.flushall()
    streamed(client, view, events)
    whole = slots(client, view)
    # A part is lost; the job has counted a part again, of which a part is archived; then it goes on.
    for key in client.scan_iter():
        if random.random() < 0.5:
            client.delete(key)
    streamed(client, view, events[:100])
    filled(client, view, events[:120])
    streamed(client, view, events)
    assert slots(client, view) == whole
    filled(client, view, events[:120])
    assert slots(client, view) == whole


@views
@pytest.mark.parametrize("span_ms", SPANS_MS)
def test_all_that_a_reader_can_see_is_filled(client: redis.Redis, view: View, span_ms: int) -> None:
    events = crowded(Random(f"{view.name}/{span_ms}"), span_ms)
    client.flushall()
    take_over(client, 0)
    fill(log_of(events), view, RedisTiles(client), NOBODY, *seen(view, NOW_MS))
    check(view, FeatureReader(client), events, NOW_MS)


@views
def test_nothing_of_a_member_comes_back_that_was_to_be_forgotten(client: redis.Redis, view: View) -> None:
    who, events = LiveForgotten(MemoryTopic()), crowded(Random(view.name), 3 * 3_600_000)
    who.take([Written(0, 0, Forgotten(NOW_MS).to_json(), b"m1")])
    client.flushall()
    filled(client, view, [e for e in events if MEMBER not in view.entity or e[1][MEMBER] != "m1"])
    others = held(client, view)
    client.flushall()
    filled(client, view, events, who)
    found = held(client, view)
    found.pop(b"newest"), others.pop(b"newest")
    assert found == others
