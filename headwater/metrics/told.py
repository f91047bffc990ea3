"""The figures of the product as samples of the catalogue's metrics, from what its pages and commands tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family

from headwater.metrics import product
from headwater.positions import Positions
from schemas.metric import Metric
from validators.ruleset import RuleSet
from validators.watch.declare import Watch

#: A metric, the values of its labels, its own value.
Sample = tuple[Metric, tuple[str, ...], float]
_ENDS = ("valid", "warned", "quarantined", "duplicate", "late", "repeated")
_MODEL = {
    "log_loss": product.LOG_LOSS,
    "base_log_loss": product.BASE_LOG_LOSS,
    "auc": product.AUC,
    "ece": product.ECE,
    "examples": product.EXAMPLES,
    "age_s": product.MODEL_AGE,
}


def of_progress(
    now: Positions, ledger: Iterable[Mapping[str, Any]], reasons: Mapping[str, int]
) -> Iterator[Sample]:
    """How far jobs are, of those that ever committed anything, and what became of events: the entries of the
    ledger as JSON values, and why events were set aside."""
    for event, n in now.sent().items():
        yield product.WRITTEN, (event,), n
    for entry in ledger:
        for end in _ENDS:
            yield product.ENDED, (entry["event"], end), entry[end]
    for reason, n in reasons.items():
        yield product.SET_ASIDE, (reason,), n
    for job, n in now.lag().items():
        if now.committed[job]:
            yield product.LAG, (job,), n


def of_quality(found: Mapping[str, Any], rules: RuleSet, watches: Iterable[Watch]) -> Iterator[Sample]:
    """What `headwater quality` tells."""
    for event, scores in found["scores"].items():
        for dimension, score in scores.items():
            if score is not None:
                yield product.SCORE, (event, dimension), score
    of_rule = {(event, rule.name): rule.dimension for event, of in rules.rules.items() for rule in of}
    for told in found["rules"]:
        labels = told["event"], told["rule"], of_rule[told["event"], told["rule"]]
        yield product.RULE_FAILED, labels, told["failed"]
        yield product.RULE_CHECKED, labels, told["checked"]
    for told in found["violations"]:
        yield product.VIOLATIONS, (told["rule"], told["event"]), told["n"]
    yield from _of_alarms(found, tuple(watches))


def _of_alarms(found: Mapping[str, Any], watches: Sequence[Watch]) -> Iterator[Sample]:
    """Also of those that are not raised: of what is not there one cannot see that it began."""
    raised = Counter({(watch.name, str(watch.dimension)): 0 for watch in watches})
    raised.update((alert["rule"], alert["dimension"]) for alert in found["alerts"])
    for labels, n in raised.items():
        yield product.ALERTS, labels, n
    hard = {
        f"{watch.name}/{event}" for watch in watches if watch.severity == "hard" for event in watch.events
    }
    is_open = dict.fromkeys(sorted(hard), False) | {
        told["name"]: told["open"] for told in found["conditions"]
    }
    for name, held in is_open.items():
        yield product.CONDITION, (name,), held


def of_views(views: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """How fresh views are: `view`, `status`, `age_s` (None where nothing came yet) and `slo_s` of each."""
    for told in views:
        yield product.VIEW_STATUS, (told["view"], told["status"]), 1
        yield product.VIEW_SLO, (told["view"],), told["slo_s"]
        if told["age_s"] is not None:
            yield product.VIEW_AGE, (told["view"],), told["age_s"]


def of_models(models: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """How good models are: what `headwater models list` tells."""
    for told in models:
        yield product.FROZEN, (told["model"],), bool(told.get("frozen"))
        for figure, metric in _MODEL.items():
            if told.get(figure) is not None:
                yield metric, (told["model"],), told[figure]


def families(samples: Iterable[Sample]) -> Iterator[Family]:
    """As prometheus_client takes them, metric by metric."""
    of: dict[Metric, dict[tuple[str, ...], float]] = defaultdict(dict)
    for metric, labels, value in samples:
        of[metric][labels] = value
    for metric, values in of.items():
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.meaning, labels=metric.labels)
        for labels, value in values.items():
            family.add_metric(labels, float(value))
        yield family
