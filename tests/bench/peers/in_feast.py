"""Reads of Feast's Python SDK from the Redis of a port, in an environment of its own: ms of each, as JSON.

As many entities and values at a time as Headwater is asked for. Feast computes nothing when it reads: these
are numbers that were written before.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

_TITLES, _VIEWS, _VALUES, _READS, _WARM_UP = 200, 5, 10, 200, 20


def main(port: int, entities: int) -> None:
    """Define, write, read."""
    names = {f"view_{v}": [f"value_{v}_{n}" for n in range(_VALUES)] for v in range(_VIEWS)}
    titles, now = [f"t{n}" for n in range(_TITLES)], datetime.now(tz=UTC)
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(
            config=RepoConfig(
                project="bench",
                provider="local",
                registry=str(Path(folder) / "registry.db"),
                online_store={"type": "redis", "connection_string": f"127.0.0.1:{port},db=1"},
                offline_store={"type": "file"},
                entity_key_serialization_version=3,
            )
        )
        title = Entity(name="title", join_keys=["title_id"], value_type=ValueType.STRING)
        for name, values in names.items():
            numbers = np.random.default_rng(1).random((_TITLES, _VALUES))
            told = pd.DataFrame(numbers, columns=values).assign(title_id=titles, event_timestamp=now)
            told.to_parquet(file := Path(folder) / f"{name}.parquet")
            store.apply([title, _view(name, values, title, file)])
            store.write_to_online_store(name, told)
        wanted = [f"{name}:{value}" for name, values in names.items() for value in values]
        rng, took_ms = Random(1), []
        for _ in range(_WARM_UP + _READS):
            rows = [{"title_id": chosen} for chosen in rng.choices(titles, k=entities)]
            began_s = time.perf_counter()
            found = store.get_online_features(features=wanted, entity_rows=rows).to_dict()
            took_ms.append((time.perf_counter() - began_s) * 1_000)
            assert all(value is not None for value in found["value_0_0"])
        print(json.dumps(took_ms[_WARM_UP:]))


def _view(name: str, values: list[str], of: Entity, file: Path) -> FeatureView:
    source = FileSource(path=str(file), timestamp_field="event_timestamp")
    fields = [Field(name=value, dtype=Float64) for value in values]
    return FeatureView(name=name, entities=[of], ttl=timedelta(days=1), schema=fields, source=source)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
