"""``/models``: what the online models say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples
from serving.api.allowed import needs
from serving.api.output import as_json
from serving.api.problems import ApiError, unknown
from serving.api.services import Given, Services
from serving.look_up import known
from serving.model_reader import ModelReader

router = APIRouter(tags=["models"], dependencies=[needs("models")])
MOST_EXAMPLES = 10_000


class Columns(BaseModel):
    """Examples as columns of one length. What is not given is not known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"columns": {"member_id": ["m00001"], "title_id": ["t00001"]}}},
    )

    columns: dict[str, list[str | None] | list[float | None]] = Field(min_length=1)
    now_ms: int | None = Field(default=None, ge=0, lt=2**53, description="when; the clock if null")


@router.get("/models")
async def models(services: Given) -> Response:
    """Every model: what it predicts, of what, its version, age and status."""
    now_ms = services.now_ms()
    return as_json(await asyncio.to_thread(lambda: [_told(services, name, now_ms) for name in MODELS]))


@router.post("/models/{model}/predict")
async def predict(model: str, asked: Columns, services: Given) -> Response:
    """The chance of the model's label for each example; null for all where its status is `missing`.

    What the model knows from views is looked up, unless it is given.
    """
    if model not in MODELS:
        raise unknown("model", model, MODELS, "model")
    now_ms = services.now_ms()
    at_ms = now_ms if asked.now_ms is None else asked.now_ms
    examples = _examples(MODELS[model], asked, at_ms)
    wanted = [of for of in MODELS[model].known if of.name not in asked.columns]

    def predicted() -> dict[str, Any]:
        looked_up = known(services.reader, wanted, examples.columns, at_ms)
        whole = replace(examples, columns={**examples.columns, **looked_up})
        chance = services.models.predict(model, whole, now_ms)
        return {**_told(services, model, now_ms), "chance": chance}

    told = await asyncio.to_thread(predicted)
    return as_json(told)


def _told(services: Services, name: str, now_ms: int) -> dict[str, Any]:
    of = MODELS[name]
    plain = {"model": name, "label": of.label, "columns": _columns(of)}
    return plain | stated(services.models, name, now_ms)


def stated(of: ModelReader, name: str, now_ms: int) -> dict[str, Any]:
    """What a model is trusted by: its status, version and age. Raises redis.RedisError."""
    age_s = of.age_s(name, now_ms)
    return {
        "status": of.status(name, now_ms),
        "version": of.version(name, now_ms),
        "age_s": None if np.isnan(age_s) else age_s,
        "learnt_until_ms": of.learnt_until_ms(name, now_ms),
    }


def _columns(model: Declaration) -> dict[str, str]:
    texts, numbers = dict.fromkeys(model.texts, "text"), (bound.column for bound in model.bounds)
    return {**texts, **dict.fromkeys(numbers, "number")}


def _examples(model: Declaration, asked: Columns, at_ms: int) -> Examples:
    kinds = _columns(model)
    if strange := sorted({*asked.columns} - {*kinds}):
        raise ApiError(
            422,
            f"{model.name} has no column {strange[0]!r}",
            f"columns.{strange[0]}",
            strange[0],
            f"give some of {', '.join(kinds)}",
        )
    count = len(next(iter(asked.columns.values())))
    if count > MOST_EXAMPLES:
        raise ApiError(
            413, f"there are {count} examples", "columns", count, f"give {MOST_EXAMPLES} at a time"
        )
    columns = {}
    for name, kind in kinds.items():
        given = asked.columns.get(name, [None] * count)
        field = f"columns.{name}"
        if len(given) != count:
            raise ApiError(422, f"{name} has another length", field, len(given), f"give {count} values")
        if any(isinstance(value, str) != (kind == "text") for value in given if value is not None):
            raise ApiError(422, f"{name} is a column of {kind}s", field, None, f"give {kind}s, or null")
        columns[name] = np.array(given, object if kind == "text" else np.float64)
    return Examples(np.full(count, at_ms, np.int64), np.zeros(count), columns)
