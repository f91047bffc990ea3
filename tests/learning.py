"""A planted world for online models: members with a taste, titles with a genre and a pull, rows of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples, Numbers
from online_models.model import OnlineModel
from schemas.artwork import STYLES

START_MS = 1_780_000_000_000
TITLES, GENRES = 60, ("drama", "comedy", "crime", "western")
#: Every column that a model of the catalogue reads.
TEXTS = tuple(dict.fromkeys(column for model in MODELS.values() for column in model.texts))
NUMBERS = tuple(dict.fromkeys(bound.column for model in MODELS.values() for bound in model.bounds))
KNOWN = tuple(dict.fromkeys(known.name for model in MODELS.values() for known in model.known))


def planted(n: int, seed: int, members: int = 120, start_ms: int = START_MS, prefix: str = "m") -> Examples:
    """Examples 50 ms apart: taste, the row, and the title decide; of all else nothing follows.

    A member likes the genre of its number modulo four, a title is of that of its own.
    """
    rng = np.random.default_rng(seed)
    member, title = rng.integers(0, members, n), (rng.random(n) ** 2 * TITLES).astype(int)
    row = rng.integers(0, 12, n).astype(float)
    logit = -1.5 + 2.5 * (member % 4 == title % 4) - 0.15 * row + 0.7 * np.sin(title)
    texts = {
        "member_id": [f"{prefix}{m}" for m in member],
        "profile_id": [f"{prefix}{m}-p1" for m in member],
        "title_id": [f"t{t}" for t in title],
        "genres": [GENRES[t % 4] for t in title],
        "device_type": rng.choice(np.array(["tv", "phone", None], object), n),
        "country": rng.choice(np.array(["US", "BR", None], object), n),
    }
    other = np.random.default_rng(seed)
    texts["artwork"] = other.choice(STYLES, n)
    row[rng.random(n) < 0.05] = np.nan
    most = {"rank": 30, "dwell_ms": 9_000, "position_ms": 600_000, "runtime_ms": 9_000_000}
    numbers = {"row": row} | {name: rng.integers(0, below, n) * 1.0 for name, below in most.items()}
    # What views say has nothing to do with it either, and of one in ten nothing.
    aside = np.random.default_rng([seed, 1])
    numbers["utc_offset_min"] = aside.choice([-180.0, 0.0, 330.0], n)
    numbers |= {name: np.where(aside.random(n) < 0.1, np.nan, aside.random(n)) for name in KNOWN}
    numbers["artwork_propensity"] = np.full(n, 1 / len(STYLES))
    columns = {name: np.array(of, object) for name, of in texts.items()} | numbers
    assert set(columns) == {*TEXTS, *NUMBERS}, "a column of the catalogue that this world does not know"
    label = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
    return Examples(start_ms + 50 * np.arange(n), label, columns)


def told(declared: Declaration, examples: Examples) -> Examples:
    """What a model is given of the world: one without negatives in its events sees what happened only."""
    return examples.only(examples.label > 0) if declared.name == "next_title" else examples


def batches(examples: Examples, size: int = 500) -> Iterator[Examples]:
    """In pieces."""
    return (examples.only(slice(start, start + size)) for start in range(0, len(examples), size))


def learnt(declared: Declaration, *groups: Examples) -> OnlineModel:
    """A model of what it is given of groups, one after the other."""
    model = OnlineModel(declared)
    for group in groups:
        model.learn(told(declared, group))
    return model


def relabelled(examples: Examples, label: Numbers) -> Examples:
    """The same with other labels."""
    return replace(examples, label=label)


def flipped(declared: Declaration, examples: Examples) -> Examples:
    """The opposite, in a form that no guard can tell from the truth: lies, or another world."""
    return moved(examples) if declared.name == "next_title" else relabelled(examples, 1 - examples.label)


def moved(examples: Examples) -> Examples:
    """Another world: each likes another genre, and neighbours have changed places with their popularity."""
    number = np.array([int(title[1:]) ^ 2 for title in examples.columns["title_id"]], int)
    titles = {"title_id": [f"t{t}" for t in number], "genres": [GENRES[t % 4] for t in number]}
    columns = {name: np.array(of, object) for name, of in titles.items()}
    return replace(examples, columns={**examples.columns, **columns})


def joined(*parts: Examples) -> Examples:
    """One after the other."""
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    times, labels = ([getattr(p, of) for p in parts] for of in ("event_time_ms", "label"))
    return Examples(np.concatenate(times), np.concatenate(labels), columns)


def slowly(n: int, seed: int, members: int = 80) -> Examples:
    """A planted world 10 s apart, of so many members that no cap is reached."""
    world = planted(n, seed, members)
    return replace(world, event_time_ms=START_MS + 10_000 * np.arange(n))
