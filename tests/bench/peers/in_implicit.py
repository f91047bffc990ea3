"""Alternating least squares of implicit, trained anew each day on all days before: a script of its own.

Told a file of JSON: `day`, `user`, `item` and `label` of each rating in the order of time. Prints the scores.
Y. Hu, Y. Koren, C. Volinsky: Collaborative filtering for implicit feedback datasets, ICDM 2008.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

#: What is good weighs so much more than what was not rated; what is not good counts like that.
_ALPHA = 5.0
_FACTORS, _ROUNDS = 16, 5


def main() -> None:
    """Score every rating of the file."""
    told = json.loads(Path(sys.argv[1]).read_text())
    day, user, item, label = (np.array(told[name]) for name in ("day", "user", "item", "label"))
    shape = int(user.max()) + 1, int(item.max()) + 1
    scores = np.zeros(len(day))
    bounds = [0, *(np.flatnonzero(np.diff(day)) + 1), len(day)]
    for start, stop in pairwise(bounds[1:]):
        good = label[:start] > 0
        rows = user[:start][good], item[:start][good]
        liked = csr_matrix((np.full(good.sum(), 1 + _ALPHA, np.float32), rows), shape)
        model = AlternatingLeastSquares(_FACTORS, iterations=_ROUNDS, random_state=7, num_threads=1)
        model.fit(liked, show_progress=False)
        today = slice(start, stop)
        scores[today] = (model.user_factors[user[today]] * model.item_factors[item[today]]).sum(axis=1)
    print(json.dumps(scores.tolist()))


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        main()
