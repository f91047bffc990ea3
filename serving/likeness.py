"""Not too much of the same: titles in the order of their scores, but for what is like those above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from online_models.examples import Numbers


def diverse(
    scores: Numbers, genres: Sequence[frozenset[str]], most: int, diversity: float
) -> tuple[list[int], list[float]]:
    """The places of at most so many titles, and what each has lost for being like one above it.

    Each next one is that with the greatest score less `diversity` times the spread of the scores times how
    like it is to the one above that is most like it: Jaccard's index of their genres. Maximal marginal
    relevance: J. Carbonell, J. Goldstein, SIGIR 1998. In time of the number of titles times `most`.

    >>> crime, love = frozenset({"crime"}), frozenset({"love"})
    >>> diverse(np.array([0.9, 0.8, 0.1]), [crime, crime, love], most=3, diversity=1.0)
    ([0, 2, 1], [0.0, 0.0, 0.8])
    """
    left, off = scores.astype(float).copy(), np.zeros(len(scores))
    weight = diversity * float(np.ptp(scores)) if len(scores) else 0.0
    words = {word: n for n, word in enumerate(sorted({word for of in genres for word in of}))}
    has = np.zeros((len(genres), len(words)))
    for row, of in enumerate(genres):
        has[row, [words[word] for word in of]] = 1.0
    sizes, like = has.sum(axis=1), np.zeros(len(genres))
    places: list[int] = []
    taken_off: list[float] = []
    for _ in range(min(most, len(scores))):
        place = int(np.argmax(left - off))
        places.append(place)
        taken_off.append(float(off[place]))
        left[place] = -np.inf
        both = has @ has[place]
        np.maximum(like, both / np.maximum(sizes + sizes[place] - both, 1.0), out=like)
        off = weight * like
    return places, taken_off
