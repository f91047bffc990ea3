from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from headwater import cli
from headwater.dashboards.files import PROMETHEUS_PORT
from headwater.runtime import flink_config, flink_home, image, jars, kafka, redis, tools
from headwater.runtime.endpoints import endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load
from schemas.topics import TOPICS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE = ROOT / "docker/compose.yaml"
TEXT = COMPOSE.read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
#: (instruction, arguments), continuation lines joined.
STEPS = re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
IMAGE_ENV = dict(word.split("=", 1) for step, said in STEPS if step == "ENV" for word in shlex.split(said))
SETTINGS = load(**{n[10:].lower(): v for n, v in IMAGE_ENV.items() if n.startswith("HEADWATER_")})
PATHS = Paths.of(SETTINGS)


def _bytes(size: str) -> int:
    return int(size[:-1]) << {"m": 20, "g": 30}[size[-1]]


def _resolved(text: str) -> str:
    """The text as it stands where no variable is set."""
    return re.sub(r"\$\{\w+:-(\w+)\}", r"\1", text)


def _published() -> Iterator[tuple[str, str, int, int]]:
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            address, host, container = _resolved(port).split(":")
            yield name, address, int(host), int(container)


def test_compose_keeps_to_its_specification() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    asked = [sys.executable, "-m", "check_jsonschema", *schema, str(COMPOSE)]
    done = subprocess.run(asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_docker_compose_takes_it() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose, the plug-in, is not installed")
    asked = [docker, "compose", "-f", str(COMPOSE), "--profile", "*", "config", "-q"]
    done = subprocess.run(asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_ports_are_those_of_the_settings_and_published_on_loopback_only() -> None:
    found = {(name, host): (address, container) for name, address, host, container in _published()}
    defaults = Settings.model_fields
    assert found == {
        ("kafka", defaults["kafka_port"].default): ("127.0.0.1", 9092),
        ("redis", defaults["redis_port"].default): ("127.0.0.1", 6379),
        ("jobmanager", defaults["flink_port"].default): ("127.0.0.1", defaults["flink_port"].default),
        ("prometheus", PROMETHEUS_PORT): ("127.0.0.1", PROMETHEUS_PORT),
        ("grafana", 3000): ("127.0.0.1", 3000),
    }
    for variable, default in re.findall(r"\$\{(\w+):-(\w+)\}", TEXT):
        field = defaults[variable.removeprefix("HEADWATER_").lower()]
        assert str(field.default) == default


def test_every_variable_is_a_setting_and_ours_find_all_services() -> None:
    named = set(re.findall(r"HEADWATER_(\w+)", TEXT + DOCKERFILE))
    assert {name.lower() for name in named} <= Settings.model_fields.keys()
    for service in OURS.values():
        given = {name.removeprefix("HEADWATER_").lower(): v for name, v in service["environment"].items()}
        where = endpoints(load(**given))
        listening = re.findall(
            r"PLAINTEXT://([^,]+)", SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
        )
        assert [where.kafka] == listening
        for address, default_port in ((where.redis, 6379), (where.flink, load().flink_port)):
            host, port = re.findall(r"//(\w+):(\d+)", address)[0]
            assert host in SERVICES
            assert int(port) == default_port


def test_the_broker_is_the_local_one_but_for_its_addresses() -> None:
    given = SERVICES["kafka"]["environment"]
    wanted = kafka.server_properties(load(), PATHS)
    elsewhere = {"listeners", "advertised.listeners", "listener.security.protocol.map"}
    elsewhere |= {"controller.quorum.voters", "log.dirs"}
    for name in wanted.keys() - elsewhere:
        assert given["KAFKA_" + name.upper().replace(".", "_")] == wanted[name], name
    assert given["CLUSTER_ID"] == kafka.CLUSTER_ID
    assert int(given["KAFKA_MESSAGE_MAX_BYTES"]) >= max(topic.max_record_bytes for topic in TOPICS)
    protocols = dict(pair.split(":") for pair in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    listening = dict(re.findall(r"(\w+)://:(\d+)", given["KAFKA_LISTENERS"]))
    assert listening.keys() == protocols.keys()
    told = _resolved(given["KAFKA_ADVERTISED_LISTENERS"])
    assert dict(re.findall(r"(\w+)://[\w.]+:(\d+)", told)).items() <= listening.items()


def test_redis_is_the_local_one_but_for_its_addresses() -> None:
    words = shlex.split(SERVICES["redis"]["command"])
    given = dict(zip(words[1::2], words[2::2], strict=True))
    wanted = redis.options(load(), PATHS)
    for name in wanted.keys() - {"bind", "port", "dir", "logfile"}:
        assert given[f"--{name}"] == wanted[name], name
    assert _bytes(given["--maxmemory"].removesuffix("b")) < _bytes(SERVICES["redis"]["mem_limit"])


def test_volumes_are_declared_and_hold_what_must_last() -> None:
    mounts = {
        (name, *volume.split(":"))
        for name, service in SERVICES.items()
        for volume in service.get("volumes", [])
        if volume[0] != "."
    }
    assert {volume for _, volume, _ in mounts} == yaml.safe_load(TEXT)["volumes"].keys()
    assert {(name, target) for name, _, target in mounts} == {
        ("kafka", SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"]),
        ("redis", "/data"),
        ("prometheus", "/prometheus"),
        *(
            (name, str(kept))
            for name in ("jobmanager", "taskmanager")
            for kept in (PATHS.checkpoints, PATHS.savepoints)
        ),
    }


def test_who_waits_waits_for_what_can_come() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], (name, other)
            else:
                assert SERVICES[other]["command"] in (["up"], ["submit"]), (name, other)


@pytest.mark.parametrize("name", [name for name, service in OURS.items() if "command" in service])
def test_each_command_is_one_that_headwater_has(name: str) -> None:
    group = typer.main.get_command(cli.app)
    subcommand, *arguments = OURS[name]["command"]
    command = group.commands[subcommand]  # type: ignore[attr-defined]
    command.make_context(subcommand, arguments)  # raises on a wrong option
    assert ("ENTRYPOINT", '["headwater"]') in STEPS
    assert "headwater" in PROJECT["project"]["scripts"]


@pytest.mark.parametrize("name", [name for name, service in OURS.items() if "entrypoint" in service])
def test_each_process_of_the_cluster_is_flinks_own_script(name: str) -> None:
    script, argument = OURS[name]["entrypoint"]
    inside = Path(script).relative_to(PATHS.flink)
    assert (flink_home.wheel() / inside).is_file()
    assert argument in (flink_home.wheel() / inside).read_text()
    assert inside.stem == name


def test_the_cluster_is_the_local_one_but_for_its_addresses() -> None:
    local, found = flink_config.cluster_config(SETTINGS, PATHS), image.cluster_config(SETTINGS, PATHS)
    differing = {name for name in local if local[name] != found.get(name)}
    assert differing == {name for name in local if re.search(r"(address|host)$", name)}
    assert image.JOBMANAGER in SERVICES
    assert "127.0.0.1" not in map(str, found.values())


def test_health_is_asked_where_something_listens() -> None:
    config = image.cluster_config(SETTINGS, PATHS)
    listening = {
        "kafka": {19092, 9092},
        "jobmanager": {config["rest.port"]},
        "taskmanager": {int(config["metrics.reporter.prom.port"])},
    }
    for name, ports in listening.items():
        asked = re.findall(r"127\.0\.0\.1[:/](\d+)", " ".join(SERVICES[name]["healthcheck"]["test"]))
        assert {int(port) for port in asked} <= ports
        assert asked


def test_memory_limits_leave_room_for_what_is_promised_inside() -> None:
    assert all("mem_limit" in service for service in SERVICES.values())
    config = flink_config.cluster_config(load(), PATHS)
    sizes = {
        n: _bytes(v)
        for n, v in config.items()
        if n.startswith("taskmanager.memory") and not n.endswith("min")
    }
    assert _bytes(SERVICES["taskmanager"]["mem_limit"]) > sum(sizes.values()) + (1 << 30)
    assert _bytes(SERVICES["jobmanager"]["mem_limit"]) > (flink_config.JOBMANAGER_HEAP_MB + 576) << 20
    heap = re.findall(r"-Xmx(\w+)", SERVICES["kafka"]["environment"]["KAFKA_HEAP_OPTS"])[0]
    assert heap == kafka.HEAP
    assert _bytes(SERVICES["kafka"]["mem_limit"]) > _bytes(heap)


def test_versions_agree() -> None:
    pom = jars.POM.read_text()
    broker = re.findall(r"<artifactId>kafka_2.13</artifactId>\s*<version>(.+)</version>", pom)
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{broker[0]}"
    assert re.fullmatch(r"redis:7\.\d+", SERVICES["redis"]["image"])
    (python,) = re.findall(r"python:(\d+\.\d+)-", DOCKERFILE)
    assert PROJECT["project"]["requires-python"].startswith(f">={python},")
    assert {int(major) for major in re.findall(r"openjdk-(\d+)", DOCKERFILE)} <= set(tools.JAVA_VERSIONS)


def test_every_path_and_module_of_the_dockerfile_exists() -> None:
    copied = [said.split()[:-1] for step, said in STEPS if step == "COPY" and "--from" not in said]
    for source in (path for paths in copied for path in paths):
        assert (ROOT / source).exists(), source
    modules = re.findall(r"python -m ([\w.]+)", DOCKERFILE)
    assert "headwater.runtime.image" in modules
    for module in modules:
        assert importlib.util.find_spec(module), module
    stages = {said.split(" AS ")[1] for step, said in STEPS if step == "FROM" and " AS " in said}
    assert set(re.findall(r"--from=(\w+)", DOCKERFILE)) <= stages
    assert OURS["submit"]["build"] == {"context": "..", "dockerfile": "docker/Dockerfile"}


def test_the_build_sees_all_that_is_installed() -> None:
    lines = (ROOT / "docker/Dockerfile.dockerignore").read_text().splitlines()
    seen = {line[1:] for line in lines if line.startswith("!")}
    packages = {name.split(".")[0] for name in PROJECT["tool"]["setuptools"]["packages"]}
    assert seen == packages | {"pyproject.toml", "requirements.lock", "requirements.uv.lock"}
    assert all((ROOT / path).exists() for path in seen)


def test_nobody_is_root_and_no_registry_is_named() -> None:
    assert [said for step, said in STEPS if step == "USER"] == ["headwater"]
    assert not re.search(r"https?://", DOCKERFILE)
    for name, service in SERVICES.items():
        assert re.match(r"[^/]+$|(apache|prom|grafana)/", service["image"]), name
        assert not service.get("privileged")
