"""Where countries are: their centroids, and the radius of a disc of their area.

Rounded from the geographic coordinates and areas of the CIA World Factbook
(https://www.cia.gov/the-world-factbook/); a disc is crude, and errs towards nearness for compact countries.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """A disc on the globe: degrees north, degrees east, kilometres."""

    lat: float
    lon: float
    radius_km: float


def _read(path: Path) -> Mapping[str, Place]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["country"]: Place(float(row["lat"]), float(row["lon"]), float(row["radius_km"]))
            for row in csv.DictReader(file)
        }


#: By ISO 3166-1 alpha-2 code: the most populous countries and those of the made-up traffic.
PLACES = _read(Path(__file__).parent / "places.csv")
