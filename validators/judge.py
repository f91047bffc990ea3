"""The gate's judgement of a batch of records: what each becomes, where it goes, and why.

Verdicts: `valid`; `warned` (valid, but a rule of severity warn fails); `late` (valid, but older than the
lateness horizon, so no feature counts it); `rejected` (cannot be read, or a rule of severity reject fails).
`duplicate` needs memory, which a batch has not: see `validators.gate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from schemas.codec import Decoded, decode_batch
from schemas.events import EVENTS
from schemas.registry import EMBEDDED, Registry
from schemas.topics import LATENESS_HORIZON_MS
from validators.inspect import Findings, columns, inspect
from validators.ruleset import RuleSet

VALID, WARNED, LATE, REJECTED = "valid", "warned", "late", "rejected"


Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Judgement:
    """Column by column, a row each record: `datum` and `member_id` are None where `verdict` is rejected.

    `reasons` names the failed rules, or the decoder's reason, separated by commas; None where there are none.
    `id_hash` is a hash of the event's id, 0 where it cannot be read; it means nothing in another process.
    """

    verdict: Texts
    reasons: Texts
    datum: Texts
    member_id: Texts
    id_hash: npt.NDArray[np.uint64]

    @classmethod
    def empty(cls, height: int) -> Judgement:
        """Room for the judgement of so many records, all of them rejected so far."""
        reasons, datum, member_id = (np.full(height, None, dtype=object) for _ in range(3))
        verdict = np.full(height, REJECTED, dtype=object)
        return cls(verdict, reasons, datum, member_id, np.zeros(height, dtype=np.uint64))

    def put(self, rows: npt.NDArray[np.intp], part: Judgement) -> None:
        """Set some rows from the judgement of those records alone."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(part, field.name)


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
    late = (seen["event_age_ms"] > LATENESS_HORIZON_MS).to_numpy()
    warned = found.of_severity("warn")

    judged = Judgement.empty(len(frames))
    judged.verdict[rows] = np.select([rejected, late, warned], [REJECTED, LATE, WARNED], VALID)
    passed = rows[~rejected]
    judged.datum[passed] = np.array(decoded.datums, dtype=object)[~rejected]
    judged.member_id[passed] = np.array(seen["member_id"].to_list(), dtype=object)[~rejected]
    judged.id_hash[rows] = seen["event_id"].hash().to_numpy()
    _explain(judged.reasons, decoded, found)
    return judged


def _explain(reasons: Texts, decoded: Decoded, found: Findings) -> None:
    for row, reason in decoded.reasons.items():
        reasons[row] = reason
    for i in np.flatnonzero(found.failed.any(axis=0)):
        reasons[decoded.rows[i]] = ",".join(found.reasons(int(i)))
