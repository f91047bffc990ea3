"""The gate's judgement of a batch of records: what each becomes, where it goes, and why.

Verdicts: `valid`; `warned` (valid, but a rule of severity warn fails); `late` (valid, but older than the
lateness horizon, so no feature counts it); `rejected` (cannot be read, or a rule of severity reject fails).
`duplicate` needs memory, which a batch has not: see `validators.gate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.codec import decode_batch
from schemas.events import EVENTS
from schemas.quality import SLICES
from schemas.registry import EMBEDDED, Registry
from schemas.topics import LATENESS_HORIZON_MS
from validators.inspect import columns, inspect_together
from validators.ruleset import RuleSet
from validators.titles import KEY, NO_TITLES, Titles, genres_of

VALID, WARNED, LATE, REJECTED = "valid", "warned", "late", "rejected"

_LONGEST_SLICE_VALUE = 32


Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Judgement:
    """Column by column, a row each record: `datum` and `member_id` are None where `verdict` is rejected.

    `genres` tells, of what is not rejected, the genres of its title, separated by commas.
    `reasons` names the failed rules, or the decoder's reason, separated by commas; None where there are none.
    `slice` tells, of what is rejected and could be read, the values of SLICES, separated by "|".
    `id_hash` is a hash of the event's id, 0 where it cannot be read; it means nothing in another process.
    `ruleset` is the hash of the rules that judged all of them.
    """

    verdict: Texts
    reasons: Texts
    slice: Texts
    datum: Texts
    member_id: Texts
    genres: Texts
    id_hash: npt.NDArray[np.uint64]
    ruleset: str

    @classmethod
    def empty(cls, height: int, ruleset: str) -> Judgement:
        """Room for the judgement of so many records, all of them rejected so far."""
        reasons, slices, datum, member_id, genres = (np.full(height, None, dtype=object) for _ in range(5))
        verdict = np.full(height, REJECTED, dtype=object)
        id_hash = np.zeros(height, dtype=np.uint64)
        return cls(verdict, reasons, slices, datum, member_id, genres, id_hash, ruleset)


def names_of(reasons: str | None) -> list[str]:
    """The reasons of a record, one by one.

    >>> names_of("country_iso,dwell_in_range"), names_of(None)
    (['country_iso', 'dwell_in_range'], [])
    """
    return reasons.split(",") if reasons else []


def judge(
    of_event: Mapping[str, npt.NDArray[np.intp]],
    frames: Sequence[bytes | None],
    ingestion_ms: npt.NDArray[np.int64],
    rules: RuleSet,
    titles: Titles = NO_TITLES,
    registry: Registry = EMBEDDED,
) -> Judgement:
    """Read and judge records; `of_event` has the rows of each event type, and each row once.

    Holds for any bytes: it does not raise on data.
    """
    judged = Judgement.empty(len(frames), rules.hash)
    batches, parts, read = [], [], []
    datums: list[bytes] = []
    for event, places in of_event.items():
        decoded = decode_batch(EVENTS[event], [frames[row] for row in places.tolist()], registry)
        for i, reason in decoded.reasons.items():
            judged.reasons[places[i]] = reason
        batches.append(decoded.batch)
        read.append(places[np.asarray(decoded.rows, dtype=np.intp)])
        parts.append((rules.rules[event], len(decoded.rows)))
        datums += decoded.datums
    if not datums:
        return judged

    rows = np.concatenate(read)
    seen = columns(batches, ingestion_ms[rows], titles)
    found = inspect_together(parts, seen)
    rejected, warned = (np.concatenate([f.of_severity(s) for f in found]) for s in ("reject", "warn"))
    late = (seen["event_age_ms"] > LATENESS_HORIZON_MS).to_numpy()
    judged.verdict[rows] = np.select([rejected, late, warned], [REJECTED, LATE, WARNED], VALID)
    passed = rows[~rejected]
    judged.datum[passed] = np.array(datums, dtype=object)[~rejected]
    judged.member_id[passed] = np.array(seen["member_id"].to_list(), dtype=object)[~rejected]
    if titles and KEY in seen.columns:
        judged.genres[passed] = np.array(genres_of(seen[KEY].to_list(), titles), dtype=object)[~rejected]
    sliced = seen.select(SLICES[1:]).filter(rejected).iter_rows()
    for row, values in zip(rows[rejected], sliced, strict=True):
        judged.slice[row] = "|".join(map(_slice_value, values))
    judged.id_hash[rows] = seen["event_id"].hash().to_numpy()
    for of, findings in zip(read, found, strict=True):
        for i in np.flatnonzero(findings.failed.any(axis=0)):
            judged.reasons[of[i]] = ",".join(findings.reasons(int(i)))
    return judged


def _slice_value(value: str | None) -> str:
    """A value as a part of `slice`: short, whatever a broken client sends, and without the separator."""
    return (value or "")[:_LONGEST_SLICE_VALUE].replace("|", " ")
