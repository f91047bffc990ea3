from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from headwater.runtime import flink, flink_config, flink_home, jars, kafka, redis
from headwater.runtime.paths import Paths
from headwater.settings import load
from schemas.topics import TOPICS

pytestmark = pytest.mark.unit

SETTINGS = load(kafka_port=1001, kafka_controller_port=1002, redis_port=1003, flink_port=1004, task_slots=3)
PATHS = Paths(Path("/r"))


def test_the_broker_takes_every_declared_record_and_listens_on_loopback_only() -> None:
    found = kafka.server_properties(SETTINGS, PATHS)
    assert all(int(found["message.max.bytes"]) >= topic.max_record_bytes for topic in TOPICS)
    addresses = re.findall(r"//([^,]+)", found["listeners"] + "," + found["advertised.listeners"])
    assert set(addresses) == {"127.0.0.1:1001", "127.0.0.1:1002"}
    replicated = [value for name, value in found.items() if name.endswith("replication.factor")]
    assert replicated == ["1"] * 3


def test_redis_keeps_what_it_took_and_listens_on_loopback_only() -> None:
    found = redis.options(SETTINGS, PATHS)
    assert (found["bind"], found["port"], found["appendonly"]) == ("127.0.0.1", "1003", "yes")
    assert found["maxmemory-policy"] == "noeviction"


def test_flink_binds_to_loopback_and_keeps_its_files_in_the_runtime_directory() -> None:
    found = flink_config.cluster_config(SETTINGS, PATHS)
    hosts = {name: value for name, value in found.items() if re.search(r"host$|address$", name)}
    assert len(hosts) >= 6
    assert set(hosts.values()) == {"127.0.0.1"}
    files = [value for name, value in found.items() if name.endswith((".dir", "-dir"))]
    assert all(value.removeprefix("file://").startswith("/r/") for value in files)
    assert found["taskmanager.numberOfTaskSlots"] == 3


def test_state_on_disk_has_memory_to_cache_it_and_is_handed_over_by_what_is_new() -> None:
    heap, disk = (
        flink_config.cluster_config(SETTINGS.model_copy(update={"state_backend": backend}), PATHS)
        for backend in ("hashmap", "rocksdb")
    )
    kind, part, managed = (
        "state.backend.type",
        "execution.checkpointing.incremental",
        "taskmanager.memory.managed.size",
    )
    assert (heap[kind], heap[part], disk[kind], disk[part]) == ("hashmap", False, "rocksdb", True)
    assert int(disk[managed].removesuffix("m")) > int(heap[managed].removesuffix("m"))


def test_a_task_that_cannot_be_cancelled_holds_up_its_job_no_longer_than_a_dead_taskmanager() -> None:
    # A worker's death may leave one: jobs stood still for three minutes until the TaskManager gave up.
    timeout_s, unit = flink_config.cluster_config(SETTINGS, PATHS)["task.cancellation.timeout"].split()
    assert (float(timeout_s) <= 30, unit) == (True, "s")


def test_tasks_that_share_a_python_worker_start_again_together() -> None:
    # Part by part, each was given the dead worker that another part still held: a job failed for ever.
    found = flink_config.cluster_config(SETTINGS, PATHS)
    assert found["jobmanager.execution.failover-strategy"] == "full"


def test_metrics_which_listen_everywhere_are_there_on_request_only() -> None:
    """Flink's reporter for Prometheus has no address to bind to."""
    parts = flink.jobmanager, flink.taskmanager
    for part in (make(SETTINGS, PATHS) for make in parts):
        assert "metrics.reporter" not in " ".join(part.command())
        assert "metrics_port" not in {port.setting for port in part.ports}
    assert not [name for name in flink_config.cluster_config(SETTINGS, PATHS) if name.startswith("metrics")]

    asked = SETTINGS.model_copy(update={"metrics_port": 1005})
    assert flink_config.cluster_config(asked, PATHS)["metrics.reporter.prom.port"] == "1005"
    for number, part in zip((1005, 1006), (make(asked, PATHS) for make in parts), strict=True):
        assert f"metrics.reporter.prom.port={number}" in part.command()
        assert [p.number for p in part.ports if p.setting == "metrics_port"] == [number]


@pytest.mark.parametrize(
    "config", [flink_config.client_config(), flink_config.cluster_config(SETTINGS, PATHS)]
)
def test_flink_home_is_whole(tmp_path: Path, config: dict[str, object]) -> None:
    paths = Paths(tmp_path)
    paths.jars.mkdir()
    for pattern in jars.FLINK_JARS:
        (paths.jars / pattern.replace("*", "1")).write_text("")
    flink_home.assemble(paths, config)
    flink_home.assemble(paths, config)
    for folder in ("bin", "opt"):
        assert not any(
            file.is_symlink() for file in (paths.flink / folder, *(paths.flink / folder).iterdir())
        )
    names = {jar.name for jar in (paths.flink / "lib").iterdir()}
    for wanted in ("flink-dist-", "flink-python-", *(pattern.split("*")[0] for pattern in jars.FLINK_JARS)):
        assert any(name.startswith(wanted) for name in names), wanted
    text = (paths.flink / "conf" / "config.yaml").read_text()
    assert yaml.safe_load(text) == config
    assert all(re.match(r"[\w.-]+: ", line) for line in text.splitlines()), "Flink's scripts read it by line"
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in text


def test_the_jars_are_those_of_the_pom_only(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert not jars.complete(paths)
    paths.jars.mkdir()
    (paths.jars / ".complete").write_text("an older pom")
    assert not jars.complete(paths)
    (paths.jars / ".complete").write_text(jars.fingerprint())
    assert jars.complete(paths)
