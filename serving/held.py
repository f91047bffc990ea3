"""What Redis said of late: a cache with a bound of staleness, and what is left when it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from serving.async_reader import AsyncStrings
from serving.question import HEAD, Found

#: What stood under a key, and when that was read. A plain tuple: there are a thousand of them in a read.
Said = tuple[bytes | None, float]
#: What is held is at most so much older than what was read last.
RENEWED_S = 1.0


class Held:
    """The last string read under each key. Keys that are not read again go first.

    There are two ages of them. When the young take a quarter of `most_bytes`, they are the old from then on,
    and the old are forgotten; sizes are looked at after each quarter that is put, so all stay within it.
    """

    def __init__(self, most_bytes: int = 128 << 20) -> None:
        self._quarter_bytes = most_bytes // 4
        self._young: dict[str, Said] = {}
        self._old: dict[str, Said] = {}
        self._put_bytes = 0

    def put(self, keys: Sequence[str], strings: Sequence[bytes | None], at_s: float) -> None:
        """Keep what was read."""
        self._young.update(zip(keys, zip(strings, repeat(at_s), strict=False), strict=True))
        self._put_bytes += _size(strings)
        if self._put_bytes > self._quarter_bytes:
            self._put_bytes = 0
            if _size(string for string, _ in self._young.values()) > self._quarter_bytes:
                self._old, self._young = self._young, {}

    def get(self, key: str) -> Said | None:
        """What was read under a key; None if it was not, or long ago."""
        return self._young.get(key) or self._old.get(key)


class HeldStrings:
    """Strings of Redis that are asked for only if what is held is `cached_s` old or older.

    What vouches for values is asked for every time, so that a deployment and a degraded view are seen at
    once. Values are merged as of the read, so a cached one decays as any other: it lacks what happened since.
    """

    def __init__(
        self, redis: AsyncStrings, held: Held, clock_s: Callable[[], float], cached_s: float = 0.0
    ) -> None:
        self._redis, self._held, self._clock_s, self._cached_s = redis, held, clock_s, cached_s

    async def mget(self, keys: Sequence[str]) -> Found:
        """The strings under the keys, of which HEAD come first."""
        now_s = self._clock_s()
        cached = self._cached(keys, now_s) if self._cached_s else {}
        asked = [key for key in keys if key not in cached] if cached else keys
        strings: Found = await self._redis.mget(asked)
        self._hold(asked, strings, now_s)
        if not cached:
            return strings
        rest = iter(strings)
        return [cached[key] if key in cached else next(rest) for key in keys]

    def last(self, keys: Sequence[str]) -> list[Said | None]:
        """What Redis said last under each key, however long ago."""
        return [self._held.get(key) for key in keys]

    def _hold(self, keys: Sequence[str], strings: Found, now_s: float) -> None:
        """Most of what is read was read a moment ago, too; to hold all anew would cost as much as merging."""
        said = map(self._held.get, keys)
        new = [n for n, of in enumerate(said) if n < HEAD or of is None or now_s - of[1] >= RENEWED_S]
        self._held.put([keys[n] for n in new], [strings[n] for n in new], now_s)

    def _cached(self, keys: Sequence[str], now_s: float) -> dict[str, bytes | None]:
        said = ((key, self._held.get(key)) for key in keys[HEAD:])
        return {key: of[0] for key, of in said if of and now_s - of[1] < self._cached_s}


def _size(strings: Iterable[bytes | None]) -> int:
    return sum(map(len, filter(None, strings)))
