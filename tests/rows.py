"""A member's row over doubles: what is played in it is counted as a job would count it."""

from __future__ import annotations

import threading
import time

import numpy as np

from features.catalog import VIEWS
from headwater.web.plays import Plays
from headwater.web.row import Row
from online_models.catalog import MODELS
from online_models.examples import Examples, Numbers
from schemas.codec import FRAME_BYTES, read_datum
from schemas.events import EVENTS
from schemas.registry import EMBEDDED
from schemas.titles import Title
from schemas.topics import event_of
from serving import FeatureReader
from serving.observed import observe
from serving.ranker import Ranker
from sinks.memory import MemoryTiles
from tests.naive import Event
from tests.tiles import write_all
from tests.viewers import event

READ = {"member_history", "country_top", "title_next"} | {
    known.view for name in ("take", "completion") for known in MODELS[name].known
}
GENRES = ("crime", "love", "war", "space")


class Models:
    """Says of each title the chance that its number tells, the greatest of the last."""

    def predict(self, model: str, examples: Examples, now_ms: int) -> Numbers:
        share = np.array([int(title[1:]) / 100 for title in examples.columns["title_id"]], float)
        return share if model == "take" else 1.0 - share

    def status(self, model: str, now_ms: int) -> str:
        return "fresh" if model != "next_title" else "missing"


class Counting:
    """A way to Kafka that keeps what is sent; some time after a flush all of it is in the features."""

    def __init__(self, tiles: MemoryTiles, after_s: float) -> None:
        self._tiles, self._after_s = tiles, after_s
        self.sent: list[Event] = []

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        of = EVENTS[event_of(topic)]
        writer = EMBEDDED.writers[EMBEDDED.current_id[of.name]]
        record = read_datum(of, writer, (value or b"")[FRAME_BYTES:])
        assert key == record["member_id"].encode()
        self.sent.append((of.name, record))

    def flush(self) -> None:
        threading.Timer(self._after_s, write_all, (self._tiles, VIEWS["member_history"], self.sent)).start()


def doubled(*titles: Title, after_s: float = 0.0, playable: bool = True) -> tuple[Row, Counting]:
    """A row of 24 titles, or of these, all of them popular in the US; and what is sent by playing them."""
    held = {
        title.title_id: title
        for title in titles or [Title(f"t{n:02}", GENRES[n % 4 : n % 4 + 2], 5_400_000) for n in range(1, 25)]
    }
    tiles, now_ms = MemoryTiles(), time.time_ns() // 1_000_000
    plays = [event("play", 0, f"x{n}", title) for title in held for n in range(2)]
    for name in READ:
        write_all(tiles, VIEWS[name], [(of, r | {"event_time": now_ms, "country": "US"}) for of, r in plays])
    sink, features, models = Counting(tiles, after_s), FeatureReader(tiles), Models()
    row = Row(
        "redis://doubles",
        Ranker(features, models, lambda: held),  # type: ignore[arg-type]
        models,  # type: ignore[arg-type]
        lambda: held,
        lambda: observe(tiles, [VIEWS["member_history"]], time.time_ns() // 1_000_000)[0],
        lambda: ["m00001", "m00002"],
        "headwater deploy",
        Plays(lambda: sink) if playable else None,
    )
    return row, sink
