from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from headwater.errors import HeadwaterError
from headwater.runtime import checks, endpoints, stack
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.redis import answers
from headwater.runtime.submit import submit
from headwater.runtime.topics import ensure_topics, topic_drift
from headwater.settings import Settings

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = pytest.mark.runtime

JOB = """
import sys
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

if "--fail" in sys.argv:
    raise ValueError("no view of that name")
tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())

@udf(result_type=DataTypes.BIGINT(), func_type="pandas")
def plus_one(x):
    import schemas.topics
    return x + 1

tables.create_temporary_function("plus_one", plus_one)
tables.execute_sql("CREATE TABLE s (x BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
tables.execute_sql("CREATE TABLE t (x BIGINT) WITH ('connector' = 'blackhole')")
tables.execute_sql("INSERT INTO t SELECT plus_one(x) FROM s")
"""


def pids(settings: Settings) -> dict[str, int | None]:
    return {part.name: part.pid for part in stack.status(settings, time.time())}


def listening_elsewhere(settings: Settings) -> list[str]:
    """Listeners of a stack without jobs that others than this machine could reach."""
    sockets = [
        (name, connection.laddr)
        for name, pid in pids(settings).items()
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {name for name, _ in sockets} == pids(settings).keys()
    return [f"{name}: {address}" for name, address in sockets if not is_loopback(address.ip)]


def is_loopback(address: str) -> bool:
    ip = ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback


def left_behind(settings: Settings) -> list[list[str]]:
    directory = str(settings.runtime_dir)
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if any(directory in word for word in line)]


def test_up_heals_whatever_died_and_down_leaves_nothing(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> None:
    settings = make_settings(tmp_path)
    try:
        where = stack.up(settings)
        first = pids(settings)
        assert None not in first.values()
        assert stack.up(settings) == where == endpoints.endpoints(settings)
        assert pids(settings) == first, "what lives is left alone"
        assert topic_drift(where.kafka) == ()
        assert listening_elsewhere(settings) == []

        for name, pid in first.items():
            assert pid is not None
            killed = psutil.Process(pid)
            killed.kill()
            killed.wait(10)
            assert stack.up(settings) == where
            after = pids(settings)
            assert after[name] not in (None, pid)
            assert {other for other in after if after[other] != first[other]} == {name}
            first[name] = pid = after[name]
        assert answers(where.redis)
        assert FlinkRest(where.flink).answers()
        assert not [found for found in checks.examine(settings) if found.status != "ok"]
    finally:
        assert stack.down(settings)
    assert left_behind(settings) == []
    assert not stack.down(settings)
    with pytest.raises(HeadwaterError, match="nothing is running: headwater up"):
        endpoints.endpoints(settings)


def test_topics_are_created_once_and_drift_is_told(stack: Running) -> None:
    from kafka.admin import ConfigResource, KafkaAdminClient

    where = stack.endpoints.kafka
    assert ensure_topics(where) == ensure_topics(where) == ()
    with KafkaAdminClient(bootstrap_servers=where) as admin:
        admin.alter_configs([ConfigResource("TOPIC", "valid.play", {"retention.ms": "1000"})])
        deadline_s = time.monotonic() + 10
        while not (drifts := ensure_topics(where)) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        (drift,) = drifts
        assert (drift.topic, drift.setting, drift.found) == ("valid.play", "retention.ms", "1000")
        admin.alter_configs([ConfigResource("TOPIC", "valid.play", {"retention.ms": drift.declared})])


def test_a_job_with_python_workers_runs_until_it_is_cancelled(stack: Running, tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text(JOB)
    flink = FlinkRest(stack.endpoints.flink)
    job_id = submit(stack.settings, stack.endpoints, job, options={"pipeline.name": "a test"})
    flink.wait_running(job_id)
    assert {vertex.state for vertex in flink.vertices(job_id)} == {"RUNNING"}
    assert [found.name for found in flink.jobs() if found.id == job_id] == ["a test"]
    flink.cancel(job_id)
    assert flink.state(job_id) == "CANCELED"


def test_a_job_that_is_not_accepted_says_why_in_one_line(stack: Running, tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text(JOB)
    with pytest.raises(HeadwaterError, match=r"\(ValueError: no view of that name\): look at /") as caught:
        submit(stack.settings, stack.endpoints, job, ["--fail"])
    assert "\n" not in str(caught.value)
