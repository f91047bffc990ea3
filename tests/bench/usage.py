"""CPU and memory of the parts of a stack: each process of each part's session."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from typing import NamedTuple

import psutil

from headwater.runtime import process
from headwater.runtime.paths import Paths

PARTS = ("jobmanager", "taskmanager", "kafka", "redis")
WORKERS = "python workers"


class Use(NamedTuple):
    """What one process has used: the part that it belongs to, CPU-seconds so far, memory now."""

    part: str
    cpu_s: float
    rss_bytes: int


Usage = dict[int, Use]
#: CPU-seconds by part.
Spent = defaultdict[str, float]


def usage(paths: Paths) -> Usage:
    """All processes of the stack, by pid. What a TaskManager started are its Python workers."""
    leaders = {record.pid: part for part in PARTS if (record := process.read(paths.pid(part)))}
    found: Usage = {}
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if part := leaders.get(os.getsid(each.pid)):
                name = part if each.pid in leaders else WORKERS
                user_s, system_s = each.cpu_times()[:2]
                found[each.pid] = Use(name, user_s + system_s, each.memory_info().rss)
    return found


def spent_s(before: Usage, after: Usage) -> Spent:
    """CPU-seconds of each part between two looks."""
    spent: Spent = defaultdict(float)
    for pid, use in after.items():
        spent[use.part] += use.cpu_s - (before[pid].cpu_s if pid in before else 0.0)
    return spent


def ours_s(spent: Spent) -> float:
    """What our jobs cost: the TaskManager and its Python workers."""
    return spent["taskmanager"] + spent[WORKERS]
