# %% [markdown]
# # From a log of events to a ranker
#
# A ranker has to be trained on what it will be given when it ranks: the values of views as they were then.
# This page makes a log of events, takes features of it as of each example, trains a small model of
# scikit-learn, and compares it with what is popular and with the best that any model could do. At the end
# it keeps what a reader serves, and measures whether that is what was trained on.
#
# It is made of `docs/notebooks/training.py` by `make notebook`.

# %% tags=["parameters"]
HOURS, RATE, MEMBERS, TITLES, SEED = 6.0, 3, 120, 60, 7

# %% [markdown]
# ## A log
#
# The simulator makes hours of events in seconds. They are written as an archive of `valid.*` would be: a
# Parquet file for each event type, with the genres of titles and the verdict of the gate. Of each hover it
# also tells the probability that it is taken, which no event does: we keep that to see how good a model can
# be.

# %%
import tempfile
from collections import defaultdict
from pathlib import Path

import pandas as pd

from headwater.experiments.stream import START_MS, Plan
from headwater.traffic.sessions import happenings

folder = Path(tempfile.mkdtemp())
plan = Plan(RATE, int(HOURS * 3_600), MEMBERS, TITLES, seed=SEED)
world = plan.world()
genres = {title.title_id: ",".join(sorted(title.genres)) for title in world.titles}

happened, chances = defaultdict(list), {}
for event, record, chance in happenings(world, RATE, plan.seconds, START_MS, SEED):
    happened[event].append({**record, "genres": genres.get(record.get("title_id")), "verdict": "valid"})
    if event == "hover":
        chances[record["event_id"]] = chance

(folder / "log").mkdir()
for event, records in happened.items():
    pd.DataFrame(records).to_parquet(folder / "log" / f"{event}.parquet")
    print(f"{event:16} {len(records):7,}")

# %% [markdown]
# ## Examples
#
# A title that has the focus is an example; its label is whether the member plays it within ten minutes. The
# first quarter is left out, since views know little then, and the last ten minutes, whose labels are not
# known yet.

# %%
WITHIN_MS = 600_000
hovers, plays = (pd.DataFrame(happened[event]) for event in ("hover", "play"))
plays = plays.loc[~plays["autoplay"].astype(bool), ["event_time", "member_id", "title_id"]]
plays["played_ms"] = plays["event_time"]
examples = pd.merge_asof(
    hovers, plays, on="event_time", by=["member_id", "title_id"], direction="forward", tolerance=WITHIN_MS
)
END_MS = START_MS + plan.seconds * 1_000
examples = examples[examples["event_time"].between((3 * START_MS + END_MS) // 4, END_MS - WITHIN_MS)]
examples = examples.reset_index(drop=True)
taken = examples["played_ms"].notna().to_numpy()
print(f"{len(examples):,} examples, of which {taken.mean():.1%} are taken")

# %% [markdown]
# ## Features, as of each example
#
# `as_of` gives what a reader would have answered a millisecond before the hover: nothing that happened
# later is in it, and so neither the hover nor what came of it. Each row has an instant of its own. Taste is
# counted by genre: a title has several, so they are asked for one by one, and the mean is taken.

# %%
import numpy as np

from features.catalog import VIEWS
from features.offline import Log, as_of

log = Log.open(folder / "log")


def features(at_ms):
    """Columns for all examples, as of an instant each."""
    texts = examples[["title_id", "member_id"]].astype(str)
    shelf = examples["row"].astype(int).astype(str)
    now = as_of(log, VIEWS["title_engagement"], [texts["title_id"]], at_ms)
    row = as_of(log, VIEWS["title_row_take"], [texts["title_id"], shelf], at_ms)
    own = as_of(log, VIEWS["member_title"], [texts["member_id"], texts["title_id"]], at_ms)
    parts = examples["genres"].str.split(",").explode()
    of = parts.index.to_numpy()
    taste = as_of(log, VIEWS["profile_genre"], [examples["profile_id"][of], parts], at_ms[of])
    mean = pd.Series(np.log(taste["take_rate_7d"])).groupby(of).mean().to_numpy()
    return pd.DataFrame(
        {
            "plays_1h": np.log1p(now["plays_1h"]),
            "take_rate_1h": np.log(now["take_rate_1h"]),
            "row_take_rate": np.log(row["take_rate_24h"]),
            "seen": np.log1p(own["hovers_7d"]),
            "taken_before": np.log1p(own["takes_7d"]),
            "taste": mean,
            "row": examples["row"],
            "rank": examples["rank"],
            "on_tv": examples["device_type"] == "tv",
            "on_phone": examples["device_type"] == "phone",
        }
    ).astype(float)


at_ms = examples["event_time"].to_numpy() - 1
known = features(at_ms)
known.describe().loc[["mean", "std"]].T.round(2)

# %% [markdown]
# ## Training
#
# On the first two thirds; the rest, which is later, is predicted.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

later = np.arange(len(examples)) >= len(examples) * 2 // 3
best = examples["event_id"].map(chances).to_numpy()


def trained(columns):
    """The chance of each later example, of a model that has learnt of the earlier ones."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(columns[~later], taken[~later]).predict_proba(columns[later])[:, 1]


scores = {
    "popularity": known["plays_1h"].to_numpy()[later],
    "ranker": trained(known),
    "best possible": best[later],
}
for name, score in scores.items():
    print(f"AUC of {name:14} {roc_auc_score(taken[later], score):.3f}")

# %% [markdown]
# Over time: each point is a sixth of the later examples.

# %%
from headwater.experiments.picture import svg
from headwater.experiments.result import Chart, Curve


class Picture:
    def __init__(self, chart):
        self.chart = chart

    def _repr_svg_(self):
        return svg(self.chart)


slices = np.array_split(np.arange(later.sum()), 6)
curves = tuple(
    Curve(name, tuple(float(roc_auc_score(taken[later][of], score[of])) for of in slices))
    for name, score in scores.items()
)
Picture(Chart("AUC of takes", "sixths of the later examples", tuple("123456"), curves))

# %% [markdown]
# ## What it is worth to take them as of then
#
# Had the features been those of the end of the log, as a plain join gives them, they would hold what came
# of the hovers. The model would look far better than any can be, and be worth nothing when it serves.

# %%
leaking = trained(features(np.full(len(examples), END_MS)))
print(f"AUC of a model that knows the future {roc_auc_score(taken[later], leaking):.3f}")

# %% [markdown]
# ## What is served
#
# Here a store in memory is filled with the tiles that the stream would have written by the end of the log,
# and read. `served` keeps a share of what is read as Parquet, in the background; `headwater serve
# --log-served` does the same.

# %%
from random import Random

from headwater.refill import fill
from serving import FeatureReader
from serving.served_log import ServedLog
from sinks.memory import MemoryTiles

view, store = VIEWS["title_engagement"], MemoryTiles()
fill(log, view, store, None, 0, END_MS)

served = ServedLog(folder / "served", share=1.0, random=Random(SEED), clock_ms=lambda: END_MS)
FeatureReader(store, served=served).read(view, list(genres), END_MS)
served.close()
(file,) = (folder / "served").glob("*/*/*.parquet")
pd.read_parquet(file).iloc[:3, :8]

# %% [markdown]
# ## Skew
#
# Each value that was served is held against what the same events make offline, as of the same instant. A
# file that is wrong in one value shows where. `headwater skew title_engagement --served served --events
# log` tells the same.

# %%
from headwater.served_rows import rows_of
from headwater.skew import skew


def told():
    rows = rows_of(view, folder / "served", most=1_000)
    found = skew(view, rows, log, tolerance=1e-9, settle_ms=5_000)
    print(
        f"{len(rows.at_ms)} rows compared; not equal:",
        {of.value: of.share for of in found if of.share} or "none",
    )


told()
wrong = pd.read_parquet(file)
wrong["title_engagement__plays_1h"] += 1
wrong.to_parquet(file)
told()
