"""What models learn from, as columns: a batch is predicted and learnt from without a loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from online_models.tokens import Tokens, tokens

T = TypeVar("T")
Numbers = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice


@dataclass(frozen=True)
class Examples:
    """Outcomes in the order of (event time, event id), and what was known when each event happened.

    All are of one length. A column of numbers is float64, NaN where nothing was told; any other is of
    objects, None where nothing was told. `label` is 1 for what came true and 0 for what did not.
    """

    event_time_ms: Times
    label: Numbers
    columns: Mapping[str, npt.NDArray[Any]]
    # Made of the columns and of nothing else: see `once`.
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.label)

    def only(self, rows: Rows) -> Examples:
        """Those of a mask, of places, or of a slice.

        >>> few = Examples.of([(2, "b", 1, "tv"), (1, "a", 0, None)], texts=("device_type",))
        >>> few.only(few.label > 0).columns["device_type"].tolist()
        ['tv']
        """
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Examples(self.event_time_ms[rows], self.label[rows], columns)

    def tokens(self, column: str) -> Tokens:
        """Those of a column of texts."""
        return self.once(("tokens", column), lambda: tokens(self.columns[column]))

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """What follows from the columns, made when it is first asked for: a batch is asked by the guard, by
        every version of a learner and by the measures. It is not to be changed."""
        if what not in self._made:
            self._made[what] = make()
        made: T = self._made[what]
        return made

    @classmethod
    def of(
        cls, rows: Iterable[Sequence[Any]], texts: Sequence[str] = (), numbers: Sequence[str] = ()
    ) -> Examples:
        """Examples of rows in any order: event time, event id, label, then texts, then numbers.

        >>> Examples.of([(7, "b", 1, 3.5), (7, "a", 0, None)], numbers=("row",)).columns["row"].tolist()
        [nan, 3.5]
        """
        ordered = sorted(rows, key=lambda row: (row[0], row[1]))
        times, _, labels, *told = (
            zip(*ordered, strict=True) if ordered else [()] * (3 + len(texts) + len(numbers))
        )
        columns: dict[str, npt.NDArray[Any]] = {}
        for name, values in zip((*texts, *numbers), told, strict=True):
            columns[name] = np.array(values, float if name in numbers else object)
        return cls(np.array(times, np.int64), np.array(labels, float), columns)
