"""Predict by the newest published online models: read again only when they have changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples, Numbers
from online_models.learner import Learner
from online_models.published import Predictor, unpack
from serving.clock import or_now

_LOG = logging.getLogger(__name__)


class Published(Protocol):
    """Where snapshots are; `sinks.redis_models` has the real one."""

    def head(self, name: str) -> dict[str, Any] | None:
        """What tells the newest snapshot from others: `generation`, `version`, `digest`; with it
        `learnt_until_ms`, `published_at_ms`, and `frozen` if it says so. None if there is none."""

    def predictor(self, name: str) -> tuple[dict[str, Any] | None, bytes]:
        """The head, and what predicts of the same snapshot."""


@dataclass
class _Held:
    """What is known of a model: when it was looked for, which snapshot was read last, and what predicts."""

    looked_ms: float = -np.inf
    #: Even if it could not be used.
    read: tuple[Any, ...] | None = None
    predictor: Predictor | None = None
    #: Of the snapshot that predicts, as it was last seen.
    head: Mapping[str, Any] = field(default_factory=dict)


class ModelReader:
    """Predicts by models of the catalogue.

    It looks `poll_s` after it last looked, when it is asked, for a newer snapshot, and reads it only if there
    is one. A snapshot that another version of this code has published is told in the log and not used: what
    was read before goes on predicting, and grows old.
    """

    def __init__(
        self,
        store: Published,
        poll_s: float = 1.0,
        fresh_s: float = 10.0,
        models: Mapping[str, Declaration] = MODELS,
    ) -> None:
        self._store, self._poll_s, self._fresh_s, self._models = store, poll_s, fresh_s, models
        self._held: dict[str, _Held] = {name: _Held() for name in models}

    def predict(self, model: str, examples: Examples, now_ms: int | None = None) -> Numbers:
        """The chance of the model's label for each example, as float64[n]; NaN for all where status is
        `missing`.

        Raises KeyError for a model that is not in the catalogue, and redis.RedisError when Redis cannot be
        reached.
        """
        predictor = self._looked(model, now_ms).predictor
        return np.full(len(examples), np.nan) if predictor is None else predictor.predict(examples)

    def learner(self, model: str, now_ms: int | None = None) -> Learner | None:
        """What predicts, for those that can do more than that; None where status is `missing`. Raises as
        `predict`."""
        predictor = self._looked(model, now_ms).predictor
        return None if predictor is None else predictor.learner

    def age_s(self, model: str, now_ms: int | None = None) -> float:
        """How long ago what predicts was published; NaN where status is `missing`. Raises as `predict`."""
        now_ms = or_now(now_ms)
        return float(np.maximum(now_ms - _published_ms(self._looked(model, now_ms)), 0.0) / 1_000)

    def status(self, model: str, now_ms: int | None = None) -> str:
        """`missing` (nothing was published that could be used), `frozen` (somebody has stopped its learning),
        `stale` (what predicts was published `fresh_s` ago or earlier: it may lack recent outcomes), or
        `fresh`. Raises as `predict`."""
        now_ms = or_now(now_ms)
        held = self._looked(model, now_ms)
        if held.predictor is None:
            return "missing"
        if held.head.get("frozen"):
            return "frozen"
        return "fresh" if now_ms - _published_ms(held) < self._fresh_s * 1_000 else "stale"

    def version(self, model: str, now_ms: int | None = None) -> int:
        """How many examples taught what predicts; 0 where status is `missing`. Raises as `predict`."""
        return int(self._looked(model, now_ms).head.get("version", 0))

    def learnt_until_ms(self, model: str, now_ms: int | None = None) -> int:
        """The event time of the newest example that taught it; 0 where status is `missing`. Raises as
        `predict`."""
        return int(self._looked(model, now_ms).head.get("learnt_until_ms", 0))

    def _looked(self, model: str, now_ms: int | None) -> _Held:
        held, now_ms = self._held[model], or_now(now_ms)
        # A clock that was put back is no reason to wait for it.
        if 0 <= now_ms - held.looked_ms < self._poll_s * 1_000:
            return held
        head = self._store.head(model)
        if head and _which(head) != held.read:
            head, packed = self._store.predictor(model)
            if head and (found := self._unpacked(model, packed)):
                held.predictor, held.head = found, head
            held.read = _which(head) if head else None
        if head and held.head and _which(head) == _which(held.head):
            held.head = head
        held.looked_ms = now_ms
        return held

    def _unpacked(self, model: str, packed: bytes) -> Predictor | None:
        try:
            return unpack(self._models[model], packed)
        except ValueError as error:
            _LOG.warning("the newest snapshot of %s cannot be used: %s", model, error)
            return None


def _which(head: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(head[name] for name in ("generation", "version", "digest"))


def _published_ms(held: _Held) -> float:
    return float(held.head.get("published_at_ms", np.nan))
