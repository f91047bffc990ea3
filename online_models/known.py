"""What was known of an event when it came: numbers of views, as they were read then and stand in the log.

They are logged, and not read again when the outcome is known: by then the views have counted what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from online_models.examples import Numbers

#: An event that is looked up later than this after its ingestion, as by a job that catches up, is not looked
#: up at all: views may have counted what came of it.
PROMPT_MS = 1_000


@dataclass(frozen=True)
class Known:
    """A number that a view gives for the entity that columns of the event name, in the order of its entity.

    `value` is as readers call it, such as take_rate_24h. Of a column of parts, such as genres, each part
    names an entity, and the mean of what is known of them counts.
    """

    view: str
    value: str
    of: tuple[str, ...]

    @property
    def name(self) -> str:
        """That of the column of examples: NaN where nothing was known."""
        return f"{self.view}.{self.value}"


def written(read_ms: int, columns: Mapping[str, Numbers], n: int) -> list[str]:
    """What was read of n events, a text each. Texts are ordered by when they were read.

    >>> written(1_780_000_000_000, {"a.b_1h": np.array([0.5, np.nan])}, 2)
    ['[1780000000000,{"a.b_1h":0.5}]', '[1780000000000,{}]']
    """
    # Whole digits: what a model learns from the log and what it is asked with are the same numbers.
    named = [[(name, value) for value in column.tolist()] for name, column in columns.items()]
    rows = zip(*named, strict=True) if named else [()] * n
    told = [{name: value for name, value in row if value == value} for row in rows]
    return [f"[{read_ms},{json.dumps(of, separators=(',', ':'))}]" for of in told]


def read(texts: Sequence[str | None], wanted: Sequence[Known]) -> dict[str, Numbers]:
    """A column for each that is wanted, from what was `written`; NaN where that says nothing of it.

    >>> taste = Known("a", "b_1h", of=("member_id",))
    >>> read(['[7,{"a.b_1h":0.5,"gone":1}]', None], [taste])["a.b_1h"].tolist()
    [0.5, nan]
    """
    told = json.loads(f"[{','.join(text or '[0,{}]' for text in texts)}]") if wanted else []
    return {
        known.name: np.array([of.get(known.name) for _, of in told], dtype=np.float64) for known in wanted
    }
