"""The few calls that we make to Flink's REST interface.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from headwater.errors import HeadwaterError
from headwater.runtime.telling import telling

#: A job in one of these never runs again.
ENDED = frozenset({"FAILED", "CANCELED", "FINISHED"})


@dataclass(frozen=True)
class Job:
    """A job of the cluster; ``start_ms`` since the epoch, ``state`` in Flink's word."""

    id: str
    name: str
    state: str
    start_ms: int


@dataclass(frozen=True)
class Vertex:
    """A chain of operators within a job."""

    id: str
    name: str
    parallelism: int
    state: str


@dataclass(frozen=True)
class FlinkRest:
    """A cluster's REST interface; every call raises HeadwaterError if nothing answers."""

    url: str  # http://host:port
    timeout_s: float = 10.0

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that the cluster remembers, newest first."""
        found = [
            Job(job["jid"], job["name"], job["state"], job["start-time"])
            for job in self.get("/jobs/overview")["jobs"]
        ]
        return tuple(sorted(found, key=lambda job: -job.start_ms))

    def running(self, name: str) -> tuple[Job, ...]:
        """The jobs of a name that have not ended, newest first: two while one takes the place of another."""
        return tuple(job for job in self.jobs() if job.name == name and job.state not in ENDED)

    def state(self, job_id: str) -> str:
        return str(self.get(f"/jobs/{job_id}")["state"])

    def vertices(self, job_id: str) -> tuple[Vertex, ...]:
        return tuple(
            Vertex(vertex["id"], vertex["name"], vertex["parallelism"], vertex["status"])
            for vertex in self.get(f"/jobs/{job_id}")["vertices"]
        )

    def task_managers(self) -> list[dict[str, Any]]:
        """As Flink says it: ``id``, ``slotsNumber``, ``timeSinceLastHeartbeat`` (since the epoch, ms) …"""
        return list(self.get("/taskmanagers")["taskmanagers"])

    def free_slots(self) -> int:
        """Task slots that no job has."""
        return int(self.get("/overview")["slots-available"])

    def root_cause(self, job_id: str) -> str:
        """The innermost cause of the job's newest exception; empty if it had none."""
        entries = self.get(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
        return telling(entries[0]["stacktrace"]) if entries else ""

    def wait_running(self, job_id: str, timeout_s: float = 180.0) -> None:
        """Return once every vertex runs; HeadwaterError if the job ends before or takes longer."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            job = self.get(f"/jobs/{job_id}")
            states = {vertex["status"] for vertex in job["vertices"]}
            if job["state"] == "RUNNING" and states <= {"RUNNING", "FINISHED"}:
                return
            if job["state"] in ENDED or time.monotonic() > deadline_s:
                cause = self.root_cause(job_id) or f"vertices are {', '.join(sorted(states))}"
                raise HeadwaterError(
                    f"job {job['name']} ({job_id}) is {job['state']}: {cause}", f"look at {self.url}"
                )
            time.sleep(0.2)

    def cancel(self, job_id: str, timeout_s: float = 30.0) -> None:
        """End a job and return once it has; one that has ended already stays as it is."""
        if self.state(job_id) in ENDED:
            return
        self.call("PATCH", f"/jobs/{job_id}?mode=cancel")
        deadline_s = time.monotonic() + timeout_s
        while self.state(job_id) not in ENDED:
            if time.monotonic() > deadline_s:
                raise HeadwaterError(f"job {job_id} does not end", f"look at {self.url}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether a Flink cluster answers there."""
        try:
            return "taskmanagers" in self.get("/overview")
        except HeadwaterError:
            return False

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        try:
            request = Request(self.url.rstrip("/") + path, data=data, headers=headers, method=method)
            with urlopen(request, timeout=self.timeout_s) as response:
                return json.loads(response.read() or b"null")
        except HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")[:200]
            raise HeadwaterError(
                f"Flink refuses {method} {path} ({error.code}: {said})", "check it"
            ) from None
        except (URLError, OSError, ValueError) as error:
            raise HeadwaterError(
                f"no Flink answers at {self.url} ({error})", "headwater up, or correct HEADWATER_FLINK"
            ) from None
