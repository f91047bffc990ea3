"""One playback as it unfolds: stretches and seeks between them, how well it went, what was thought of it."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from random import Random
from zlib import crc32

from headwater.traffic.choice import completion
from headwater.traffic.population import Profile, Title, pick
from online_models.labels import COMPLETED
from schemas.codec import Record

#: An event type and its fields, all but `event_id` and `event_time`; and what nobody is told: of a hover the
#: probability that it is taken, of the play that begins a viewing that it is completed, of others None.
Step = tuple[str, Record, float | None]

_STRETCHES = (1,) * 11 + (2,) * 6 + (3,) * 3
_RESUMED_SHARE = 0.2
#: Of those who complete a title, how many see its very end.
_FINISHED_SHARE = 0.5

#: Between two stretches people often go elsewhere in the title: how, and by how many seconds.
_SEEK_SHARE = 0.6
#: A shorter way would be none to a client that tells seconds.
_SHORTEST_SEEK_MS = 1_000
_SEEKS = (("rewind", -30, -5), ("skip", 10, 90), ("fast_forward", 60, 1_200))

#: How many tell what they think, of those who have seen the end and of the others; and in how many stars.
_RATED_SHARE, _RATED_BEFORE_SHARE = 0.6, 0.05
_STARS_OF_LIKED, _STARS, _STARS_OF_LEFT = (3, 4, 4, 5, 5, 5), (1, 2, 3, 3, 4), (1, 1, 2, 3)

#: What a stream may need, in kbit/s: a player takes the most that the network gives.
_LADDER_KBPS = (235, 560, 1_050, 1_750, 3_000, 4_300, 5_800, 8_000, 16_000)
_MEAN_KBPS = 10_000
_ERRORS = ("network_timeout", "drm_denied", "decoder_failed")
_ERROR_SHARE = 0.01


def playback(rng: Random, us: Record, profile: Profile, title: Title, origin: Record) -> Iterator[Step]:
    """Plays and pauses of a title from where it began to where it was left, and what is told besides.

    Each pause follows its play at once, at a later position. A seek begins where a pause was and ends where
    the next play is. No position passes the runtime. The last pause is at COMPLETED of the runtime or later
    with the probability that comes with the first play.
    """
    runtime_ms = title.runtime_ms
    completed = completion(profile, title, us["device_type"])
    chance: float | None = completed
    last_ms = _left_ms(rng, runtime_ms, completed=rng.random() < completed)
    position_ms = int(last_ms * rng.random()) if rng.random() < _RESUMED_SHARE else 0
    what = {**us, "title_id": title.title_id, "runtime_ms": runtime_ms}
    for left in range(pick(rng, _STRETCHES), 0, -1):
        yield "play", {**what, **origin, "position_ms": position_ms}, chance
        chance = None
        position_ms += (last_ms - position_ms) // left
        yield "pause", {**what, "position_ms": position_ms}, None
        if left > 1 and rng.random() < _SEEK_SHARE:
            kind, to_ms = _seek(rng, position_ms, last_ms)
            if abs(to_ms - position_ms) >= _SHORTEST_SEEK_MS:
                yield "seek", {**what, "from_ms": position_ms, "to_ms": to_ms, "kind": kind}, None
            position_ms = to_ms
    told = {**us, "title_id": title.title_id}
    yield "playback_health", {**told, **_health(rng, us["device_type"], line_kbps(us["session_id"]))}, None
    finished = last_ms == runtime_ms
    if rng.random() < (_RATED_SHARE if finished else _RATED_BEFORE_SHARE):
        stars = _STARS_OF_LEFT if not finished else _STARS_OF_LIKED if profile.likes(title) else _STARS
        yield "rating", {**told, "stars": pick(rng, stars)}, None


def _left_ms(rng: Random, runtime_ms: int, completed: bool) -> int:
    """Where somebody stops for good: many soon, or near the end, or there."""
    if not completed:
        return int(COMPLETED * rng.random() ** 1.5 * runtime_ms)
    if rng.random() < _FINISHED_SHARE:
        return runtime_ms
    return runtime_ms - int((1 - COMPLETED) * rng.random() * runtime_ms)


def _seek(rng: Random, position_ms: int, last_ms: int) -> tuple[str, int]:
    """How, and to where: the beginning, or where the viewing will end, at the furthest."""
    kind, least_s, most_s = pick(rng, _SEEKS)
    return kind, min(max(0, position_ms + rng.randint(least_s, most_s) * 1_000), last_ms)


def line_kbps(session_id: str) -> float:
    """What the network gives to a session on average. Follows from its id, and differs as a lifetime does: by
    an exponential distribution."""
    return -_MEAN_KBPS * log((crc32(session_id.encode()) + 1) / 2**32)


def _health(rng: Random, device_type: str, line: float) -> Record:
    throughput_kbps = 300 + int(line * 3 ** (2 * rng.random() - 1))
    rebuffers = int(rng.expovariate(1.5))
    return {
        "throughput_kbps": throughput_kbps,
        "bitrate_kbps": max(rung for rung in _LADDER_KBPS if rung <= throughput_kbps),
        "rebuffers": rebuffers,
        "rebuffer_ms": rebuffers * (300 + int(rng.random() * 3_000)),
        "dropped_frames": None if device_type == "tv" else int(rng.expovariate(1 / 5)),
        "error_code": pick(rng, _ERRORS) if rng.random() < _ERROR_SHARE else None,
    }
