"""How sure a share is that was seen in a sample."""

from __future__ import annotations

from math import sqrt


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The score interval for a share of which k of n were seen, 0 <= k <= n, n > 0; z = 1.959964 for 95%.

    Unlike the plain normal interval it stays within 0 and 1, and says something when k is 0 (Wilson, Probable
    inference, the law of succession, and statistical inference, JASA 22, 1927).

    >>> ["%.4f" % bound for bound in wilson(0, 100)], ["%.4f" % bound for bound in wilson(5, 100)]
    (['0.0000', '0.0370'], ['0.0215', '0.1118'])
    """
    share, spread = k / n, z * z / n
    centre = share + spread / 2
    reach = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (centre - reach) / (1 + spread), (centre + reach) / (1 + spread)
    return max(0.0, min(share, low)), min(1.0, max(share, high))  # Rounding alone would leave them.
