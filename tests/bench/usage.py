"""CPU and memory of the parts of a stack: each process of each part's session.

What a TaskManager's JVM spends on compiling itself is a part of its own. It ends minutes after the start: a
cost of starting, however late it falls due.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from headwater.runtime import process
from headwater.runtime.paths import Paths

PARTS = ("jobmanager", "taskmanager", "kafka", "redis")
WORKERS = "python workers"
COMPILERS = "taskmanager's compilers"


class Use(NamedTuple):
    """What one process has used: the part that it belongs to, CPU-seconds so far, memory now.

    `compiling_s` are those of the CPU-seconds that a JVM's compilers took.
    """

    part: str
    cpu_s: float
    compiling_s: float
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
                compiling_s = _compiling_s(each.pid) if name == "taskmanager" else 0.0
                found[each.pid] = Use(name, user_s + system_s, compiling_s, each.memory_info().rss)
    return found


def _compiling_s(pid: int) -> float:
    """CPU-seconds of a JVM's compiler threads, `C1 CompilerThread0` and the like, as proc(5) has them."""
    ticks = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            before, _, after = stat.read_text().rpartition(")")
            if "CompilerThre" in before:
                ticks += sum(map(int, after.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def spent_s(before: Usage, after: Usage) -> Spent:
    """CPU-seconds of each part between two looks."""
    spent: Spent = defaultdict(float)
    for pid, use in after.items():
        first = before.get(pid, Use(use.part, 0.0, 0.0, 0))
        compiling_s = use.compiling_s - first.compiling_s
        spent[use.part] += use.cpu_s - first.cpu_s - compiling_s
        if use.part == "taskmanager":
            spent[COMPILERS] += compiling_s
    return spent


def running_s(spent: Spent) -> float:
    """What our jobs cost: the TaskManager but for its compilers, and its Python workers."""
    return spent["taskmanager"] + spent[WORKERS]


def ours_s(spent: Spent) -> float:
    """The same with what the TaskManager spent on compiling itself."""
    return running_s(spent) + spent[COMPILERS]
