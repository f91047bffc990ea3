"""Titles that somebody watches by a click: the events that a device would send."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from headwater.errors import HeadwaterError
from headwater.traffic.delivery import Sink
from schemas.codec import Record, encode
from schemas.titles import Title
from schemas.topics import MINUTE_MS, raw
from serving.offers import Viewer

TOPICS = raw("play"), raw("pause")
#: Beyond what counts as finished.
_SEEN_SHARE = 0.95
#: Of a title of which none is known.
_RUNTIME_MS = 90 * MINUTE_MS


class Plays:
    """Sends a play and its pause, all of one session; connects with the first."""

    def __init__(self, connect: Callable[[], Sink]) -> None:
        self._connect = connect
        self._sink: Sink | None = None
        self._session = f"row-{uuid4().hex}"

    def send(self, viewer: Viewer, title: Title, rank: int, now_ms: int) -> list[Record]:
        """What was sent, once Kafka has it. Raises HeadwaterError, and then connects anew the next time."""
        play, pause = records = watched(viewer, title, rank, now_ms, self._session)
        self._sink = self._sink or self._connect()
        try:
            for event, record in (("play", play), ("pause", pause)):
                self._sink.send(raw(event), viewer.member_id.encode(), encode(event, record))
            self._sink.flush()
        except HeadwaterError:
            self._sink = None
            raise
        return records


def watched(viewer: Viewer, title: Title, rank: int, now_ms: int, session: str) -> list[Record]:
    """The play of a title from a place in the first row, and right behind it the pause near its end: of the
    time between them nothing is made, as by a viewing in time lapse."""
    runtime_ms = title.runtime_ms or _RUNTIME_MS
    both = {
        "member_id": viewer.member_id,
        "profile_id": viewer.profile_id,
        "session_id": session,
        "device_id": "row",
        "device_type": viewer.device_type,
        "country": viewer.country,
        "app_version": "1.0",
        "utc_offset_min": viewer.utc_offset_min,
        "title_id": title.title_id,
        "runtime_ms": runtime_ms,
    }
    play = {"position_ms": 0, "row": 0, "rank": rank, "autoplay": False}
    pause = {"position_ms": int(_SEEN_SHARE * runtime_ms)}
    return [
        {**both, **own, "event_id": uuid4().hex, "event_time": now_ms + after_ms}
        for after_ms, own in enumerate((play, pause))
    ]
