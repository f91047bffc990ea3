"""The gate's judgement of a batch of records: what each becomes, where it goes, and why.

Verdicts: `valid`; `warned` (valid, but a rule of severity warn fails); `late` (valid, but older than the
lateness horizon, so no feature counts it); `rejected` (cannot be read, or a rule of severity reject fails).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.codec import Decoded, decode_batch
from schemas.events import EVENTS
from schemas.registry import EMBEDDED, Registry
from schemas.topics import LATENESS_HORIZON_MS
from validators.inspect import Findings, columns, inspect
from validators.ruleset import RuleSet

VALID, WARNED, LATE, REJECTED = "valid", "warned", "late", "rejected"


@dataclass(frozen=True)
class Judgement:
    """Column by column, a row each record: `datum` and `member_id` are None where `verdict` is rejected.

    `reasons` names the failed rules, or the decoder's reason, separated by commas; None where there are none.
    """

    verdict: list[str]
    reasons: list[str | None]
    datum: list[bytes | None]
    member_id: list[str | None]


def judge(
    event: str,
    frames: Sequence[bytes | None],
    ingestion_ms: npt.NDArray[np.int64],
    rules: RuleSet,
    registry: Registry = EMBEDDED,
) -> Judgement:
    """Read and judge records of one event type. Holds for any bytes: it does not raise on data."""
    decoded = decode_batch(EVENTS[event], frames, registry)
    rows = np.asarray(decoded.rows, dtype=np.intp)
    seen = columns(decoded.batch, ingestion_ms[rows])
    found = inspect(rules.rules[event], seen)
    rejected = found.of_severity("reject")
    late = (seen["event_age_ms"] > LATENESS_HORIZON_MS).to_numpy() & ~rejected
    warned = found.of_severity("warn") & ~rejected & ~late

    verdict = np.full(len(frames), REJECTED, dtype=object)
    verdict[rows] = np.select([rejected, late, warned], [REJECTED, LATE, WARNED], VALID)
    datum = _place(len(frames), rows, decoded.datums)
    member_id = _place(len(frames), rows, seen["member_id"].to_list())
    datum[rows[rejected]] = member_id[rows[rejected]] = None
    return Judgement(
        verdict.tolist(), _reasons(len(frames), decoded, found), datum.tolist(), member_id.tolist()
    )


def _place(height: int, rows: npt.NDArray[np.intp], values: Sequence[object]) -> npt.NDArray[np.object_]:
    column = np.full(height, None, dtype=object)
    column[rows] = values
    return column


def _reasons(height: int, decoded: Decoded, found: Findings) -> list[str | None]:
    reasons: list[str | None] = [None] * height
    for row, reason in decoded.reasons.items():
        reasons[row] = reason
    for i in np.flatnonzero(found.failed.any(axis=0)):
        reasons[decoded.rows[i]] = ",".join(found.reasons(int(i)))
    return reasons
