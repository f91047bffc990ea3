"""Where the monitor tells what it found: topics, Redis, a webhook, and its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import orjson
import redis

from headwater.model_orders import of_condition
from headwater.monitor.tally import Key
from headwater.monitor.webhook import Webhook
from headwater.traffic.producer import KafkaSink
from schemas import topics
from schemas.model_minute import ModelMinute
from schemas.page_minute import PageMinute
from schemas.quality import Alert, Condition, Count, Violation
from sinks.redis_flags import RedisFlags
from sinks.redis_quality import RedisQuality
from validators.stream_ruleset import flag_ms, shipped

#: How long the marks on degraded views last if the monitor does not renew them.
DEGRADED_S = 30
#: Redis takes a million words a command, and does nothing else meanwhile; there may be those of a month.
_FLAGGED_AT_ONCE = 1_000
_TOPICS = (topics.ALERTS, topics.CONDITIONS, topics.ORDERS, topics.MODELS, topics.PAGES)
#: What the judge remembers.
STATE = "state"
_SAVED = "hw:quality:"


class Outlet(Protocol):
    """What a monitor needs to tell, and to remember over its restarts."""

    def counts(self, counts: Sequence[Count]) -> None:
        """Show counts that have grown."""

    def violations(self, counts: Mapping[Key, int]) -> None:
        """Show how many violations there were, where there are more than before."""

    def flag(self, violations: Sequence[Violation]) -> None:
        """Flag whom rules of abuse tell of."""

    def stand(self, alerts: Sequence[Alert], conditions: Sequence[Condition]) -> None:
        """Show what is wrong now."""

    def tell(self, news: Sequence[Alert | Condition]) -> None:
        """Tell what has changed."""

    def models(self, minutes: Sequence[ModelMinute]) -> None:
        """Tell how good models are."""

    def pages(self, minute: PageMinute) -> None:
        """Tell how broad pages are."""

    def save(self, state: Mapping[str, Any], of: str = STATE) -> None:
        """Remember a state, as JSON values."""

    def saved(self, of: str = STATE) -> dict[str, Any]:
        """What was saved last; empty if nothing was."""


class KafkaAndRedis:
    """The real outlet. Raises redis.RedisError when Redis cannot be reached, and HeadwaterError when Kafka
    does not take what is told, which then is not remembered as told either."""

    def __init__(
        self, kafka: str, client: redis.Redis, say: Callable[[str], None], webhook: Webhook | None
    ) -> None:
        self._sink = KafkaSink(kafka, topics=_TOPICS)
        self._client, self._quality = client, RedisQuality(client)
        self._flags, self._flag_ms = RedisFlags(client), flag_ms(shipped())
        self._say, self._webhook = say, webhook

    def counts(self, counts: Sequence[Count]) -> None:
        """Set their totals in Redis."""
        self._quality.write_counts(counts)

    def violations(self, counts: Mapping[Key, int]) -> None:
        """Set them in Redis."""
        self._quality.write_violations(counts)

    def flag(self, violations: Sequence[Violation]) -> None:
        """Flag them in Redis."""
        for at in range(0, len(violations), _FLAGGED_AT_ONCE):
            self._flags.flag(violations[at : at + _FLAGGED_AT_ONCE], self._flag_ms)

    def stand(self, alerts: Sequence[Alert], conditions: Sequence[Condition]) -> None:
        """Replace both in Redis, and mark the views that conditions are open for."""
        self._quality.write_open(alerts, conditions, DEGRADED_S)

    def tell(self, news: Sequence[Alert | Condition]) -> None:
        """Write each to its topic and the log, post alerts to the webhook, and freeze or unfreeze models."""
        for each in news:
            for order in of_condition(each) if isinstance(each, Condition) else ():
                self._sink.send(topics.ORDERS, order.key, order.to_json())
            topic, key = (
                (topics.ALERTS, f"{each.rule}/{each.event}")
                if isinstance(each, Alert)
                else (topics.CONDITIONS, each.name)
            )
            self._sink.send(topic, key.encode(), each.to_json())
            self._say(in_words(each))
            if self._webhook and isinstance(each, Alert):
                self._webhook.send(each)
        self._sink.flush()

    def models(self, minutes: Sequence[ModelMinute]) -> None:
        """Write each to its topic."""
        for minute in minutes:
            self._sink.send(topics.MODELS, minute.model.encode(), minute.to_json())
        self._sink.flush()

    def pages(self, minute: PageMinute) -> None:
        """Write it to its topic."""
        self._sink.send(topics.PAGES, None, minute.to_json())
        self._sink.flush()

    def save(self, state: Mapping[str, Any], of: str = STATE) -> None:
        """Keep it in Redis."""
        self._client.set(_SAVED + of, orjson.dumps(state))

    def saved(self, of: str = STATE) -> dict[str, Any]:
        """What was saved last; empty if nothing was."""
        held: Any = self._client.get(_SAVED + of)
        found: dict[str, Any] = orjson.loads(held) if held else {}
        return found

    def repinned(self) -> dict[tuple[str, str], int]:
        """When (ms) which watches, of which event types, were last asked to gather their reference anew."""
        return self._quality.repinned()

    def close(self) -> None:
        """Return when the webhook has been told all."""
        if self._webhook:
            self._webhook.close()


def in_words(news: Alert | Condition) -> str:
    """A line for people.

    >>> in_words(Alert(0, "late", "play", "country", "BR", "raised", 0.4, 0.2, 60_000, "timeliness", "40%"))
    'raised: late, play of country BR: 40%'
    """
    if isinstance(news, Condition):
        suffer = ", ".join((*news.features, *news.models)) or "nothing"
        return f"{news.name} is {'broken' if news.open else 'whole again'} and concerns {suffer}"
    part = "" if news.slice == "all" else f" of {news.slice} {news.value or '(none)'}"
    return f"{news.state}: {news.rule}, {news.event}{part}: {news.message}"
