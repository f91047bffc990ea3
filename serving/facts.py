"""What is known of events as they come, as texts for a log."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import redis

from online_models.examples import Times
from online_models.known import PROMPT_MS, Known, written
from serving.look_up import Columns, known
from serving.reader import FeatureReader

_LOG = logging.getLogger(__name__)


def texts(
    reader: FeatureReader,
    wanted: Sequence[Known],
    columns: Columns,
    happened_ms: Times,
    ingested_ms: Times,
    now_ms: int,
) -> list[str]:
    """What is known of each event, as `online_models.known` writes it; nothing of what was ingested more than
    PROMPT_MS ago. A Redis that does not answer is not waited for: nothing is known then."""
    prompt = now_ms - ingested_ms <= PROMPT_MS
    found = {of.name: np.full(len(prompt), np.nan) for of in wanted}
    if prompt.any():
        asked = {name: column[prompt] for name, column in columns.items()}
        try:
            told = known(reader, wanted, asked, now_ms, happened_ms[prompt])
        except redis.RedisError as error:
            _LOG.warning("nothing is known of %d events: %s", prompt.sum(), error)
            told = {}
        for name, column in told.items():
            found[name][prompt] = column
    return written(now_ms, found, len(prompt))
