"""Online models beside river's loop of one example at a time: the same model, examples and run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from river.linear_model import LogisticRegression
from river.optim import SGD, FTRLProximal
from river.optim.losses import Log
from river.reco import BiasedMF

from online_models.catalog import MODELS, TAKE
from online_models.encoding import Bias, encode
from online_models.examples import Examples, Numbers
from online_models.factors import Factors
from online_models.learner import Kind
from online_models.linear import Linear
from online_models.measures.exact import auc
from online_models.model import OnlineModel
from tests.bench.figure import Plan, Row
from tests.learning import batches, planted, told

_EXAMPLES, _OF_RIVER = 40_000, 10_000
_SIZES = (100, 1_000)
#: Learns from what it is given, and tells what was predicted before.
Learn = Callable[[Any], Sequence[float] | Numbers]


def learning(_: Plan) -> Iterator[Row]:
    """Examples a CPU-second, predicted and learnt; states. Ours encode texts, river has its names ready."""
    world, busy = planted(_EXAMPLES, 1, members=2_000), planted(_EXAMPLES, 1, members=400)
    few = busy.only(slice(0, _OF_RIVER))
    linear = TAKE.learner
    assert isinstance(linear, Linear)
    kinds: tuple[tuple[str, Kind, Learn, list[Any]], ...] = (
        ("FTRL", linear, _ftrl(linear), _named(linear, few)),
        ("factors", Factors(), _factors(Factors()), _pairs(few)),
    )
    for name, kind, river, rows in kinds:
        of_river, quality = _paced(river, rows, few.label)
        yield Row(f"{name}, river's loop", "examples/CPU-s", of_river)
        for size in _SIZES:
            per_s, _auc = _paced(_ours(kind), list(batches(busy, size)), busy.label)
            yield Row(f"{name}, batches of {size:,}", "examples/CPU-s", per_s)
            yield Row(f"{name}, batches of {size:,}", "x river's", per_s / of_river)
        yield Row(f"{name}, river's loop", "AUC", quality)
        ours = _paced(_ours(kind), list(batches(few, 100)), few.label)[1]
        yield Row(f"{name}, batches of 100", "AUC", ours)
    for name, declared in MODELS.items():
        for size in _SIZES:
            model, given = OnlineModel(declared), list(batches(told(declared, world), size))
            began_s = time.process_time()
            for batch in given:
                model.learn(batch)
            per_s = sum(map(len, given)) / (time.process_time() - began_s)
            yield Row(f"{name}, guarded, batches of {size:,}", "examples/CPU-s", per_s)
        packed = model.to_bytes()
        yield Row(f"{name}, state", "KiB", len(packed) / 1_024)
        yield Row(f"{name}, to_bytes", "ms", _ms(model.to_bytes))
        yield Row(f"{name}, from_bytes", "ms", _ms(lambda d=declared, p=packed: OnlineModel.from_bytes(d, p)))


def _paced(learn: Learn, given: list[Any], label: Numbers) -> tuple[float, float]:
    """Examples a CPU-second, the first of the given apart; and the AUC of predictions past a tenth."""
    scores = [learn(given[0])]
    began_s = time.process_time()
    scores += [learn(batch) for batch in given[1:]]
    took_s = time.process_time() - began_s
    score, warm = np.concatenate(scores), len(label) // 10
    return (len(label) - len(scores[0])) / took_s, auc(score[warm:], label[warm:])


def _ours(kind: Kind) -> Learn:
    learner = kind.start()
    return lambda examples: learner.learn(examples).logit


def _named(kind: Linear, examples: Examples) -> list[tuple[dict[str, float], bool]]:
    """Features by name, of the places that ours have."""
    encoded = encode((Bias(), *kind.features), examples, kind.bits)
    return [
        ({str(place): x for place, x in zip(index, value, strict=True) if x}, bool(label))
        for index, value, label in zip(
            encoded.index.tolist(), encoded.value.tolist(), examples.label, strict=True
        )
    ]


def _ftrl(kind: Linear) -> Learn:
    steps = kind.steps
    optimiser = FTRLProximal(steps.alpha, steps.beta, steps.l1, steps.l2)
    model: Any = LogisticRegression(optimizer=optimiser, intercept_lr=0.0)

    def learn(row: tuple[dict[str, float], bool]) -> list[float]:
        features, label = row
        probability = model.predict_proba_one(features)[True]
        model.learn_one(features, label)
        return [probability]

    return learn


def _pairs(examples: Examples) -> list[tuple[str, str, int]]:
    columns = examples.columns
    return list(zip(columns["member_id"], columns["title_id"], examples.label.astype(int), strict=True))


def _factors(kind: Factors) -> Learn:
    rates = SGD(kind.bias_rate), SGD(kind.rate)
    model: Any = BiasedMF(kind.size, *rates, loss=Log(), l2_latent=kind.l2, seed=1)

    def learn(row: tuple[str, str, int]) -> list[float]:
        member, title, label = row
        logit = model.predict_one(member, title)
        model.learn_one(member, title, label)
        return [logit]

    return learn


def _ms(work: Callable[[], object]) -> float:
    work()
    began_s = time.process_time()
    for _ in range(10):
        work()
    return (time.process_time() - began_s) * 100
