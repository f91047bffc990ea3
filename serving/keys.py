"""API keys: who may read what. A file holds their hashes; the keys themselves are nowhere."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

#: What a key may be allowed to read.
SCOPES = ("features", "candidates", "rank", "models", "metrics")
_PREFIX = "hw_"


@dataclass(frozen=True)
class Key:
    """Whose it is, and what it may read."""

    name: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Keys:
    """Those that are known, by their digest."""

    by_digest: Mapping[str, Key]

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Keys:
        """Lines of a name, a digest and scopes, as `line` makes them; # begins a comment.

        Raises ValueError with the number of the line that is none.
        """
        found: dict[str, Key] = {}
        for number, text in enumerate(lines, start=1):
            words = text.partition("#")[0].split()
            if not words:
                continue
            scopes = frozenset(words[2].split(",")) if len(words) == 3 else frozenset()
            if len(words) != 3 or len(words[1]) != 64 or not scopes <= {*SCOPES}:
                raise ValueError(f"line {number} is not: name, SHA-256, some of {','.join(SCOPES)}")
            found[words[1]] = Key(words[0], scopes)
        return cls(found)

    def of(self, key: str) -> Key | None:
        """Who gave a key; None if nobody that is known. What is looked up is a digest: time tells nothing."""
        return self.by_digest.get(digest(key))


def new_key() -> str:
    """A key that nobody guesses: 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """What is kept of a key. It is random, so a plain hash is not to be reversed."""
    return sha256(key.encode()).hexdigest()


def line(name: str, key: str, scopes: Iterable[str]) -> str:
    """How a key stands in the file.

    >>> Keys.parse([line("ranker", "hw_1", ["features"])]).of("hw_1")
    Key(name='ranker', scopes=frozenset({'features'}))
    """
    return f"{name} {digest(key)} {','.join(scopes)}"
