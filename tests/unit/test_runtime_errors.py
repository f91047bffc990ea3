"""The law: every error of the runtime is one line that names its setting or the package to install."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from headwater.errors import HeadwaterError
from headwater.runtime import checks, endpoints, ports, process, stack, tools
from headwater.runtime.paths import Paths, opened
from headwater.settings import Settings, load
from tests.stacks import free_ports

pytestmark = pytest.mark.unit

PORT_SETTINGS = [name for name in Settings.model_fields if name.endswith("_port")]
PARTS = stack.parts(load(metrics_port=9249), Paths(Path("/nowhere")))
FIXED = [(part.name, setting) for part in PARTS for setting in part.settings]


@contextmanager
def listening(number: int = 0) -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", number))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose ports are all free and distinct."""
    return load(runtime_dir=tmp_path, **dict(zip(PORT_SETTINGS, free_ports(len(PORT_SETTINGS)), strict=True)))


def one_line(error: HeadwaterError, *names: str) -> None:
    assert "\n" not in str(error)
    for name in names:
        assert name in str(error)


def test_every_port_setting_belongs_to_a_part() -> None:
    assert {port.setting for part in PARTS for port in part.ports} == set(PORT_SETTINGS)


@pytest.mark.parametrize("name", PORT_SETTINGS)
def test_a_taken_port_names_its_setting_and_owner(settings: Settings, name: str) -> None:
    with listening(getattr(settings, name)) as number, pytest.raises(HeadwaterError) as caught:
        stack.up(settings)
    one_line(caught.value, ports.variable(name), str(number), psutil.Process().name(), f"(pid {os.getpid()})")


@pytest.mark.parametrize("name", PORT_SETTINGS[1:])
def test_two_settings_with_one_port_are_both_named(settings: Settings, name: str) -> None:
    same = settings.model_copy(update={name: settings.kafka_port})
    with pytest.raises(HeadwaterError) as caught:
        stack.up(same)
    one_line(caught.value, ports.variable(name), "HEADWATER_KAFKA_PORT")


@pytest.mark.parametrize(
    ("service", "address"),
    [("kafka", "127.0.0.1:{}"), ("redis", "redis://127.0.0.1:{}/0"), ("flink", "http://127.0.0.1:{}")],
)
@pytest.mark.parametrize("junk", ["{}", "nonsense"])
def test_an_external_service_that_does_not_answer_is_named(
    settings: Settings, service: str, address: str, junk: str
) -> None:
    with listening() as number:
        pass
    given = settings.model_copy(update={service: junk.format(address.format(number))})
    with pytest.raises(HeadwaterError) as caught:
        stack.up(given)
    one_line(caught.value, ports.variable(service), getattr(given, service))


@pytest.mark.parametrize(("part", "setting"), FIXED)
def test_a_changed_setting_of_a_running_part_is_named(settings: Settings, part: str, setting: str) -> None:
    (running,) = [found for found in stack.parts(settings, Paths.of(settings)) if found.name == part]
    before = {**running.settings, setting: 1}
    with opened(settings) as paths:
        process.start(paths, part, [sys.executable, "-c", "import time; time.sleep(60)"], {}, before)
    try:
        with pytest.raises(HeadwaterError) as caught:
            stack.up(settings)
        one_line(caught.value, part, ports.variable(setting))
    finally:
        assert process.stop(paths, part)


@pytest.mark.parametrize("tool", tools.TOOLS, ids=lambda tool: tool.command)
def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch, tool: tools.Tool) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(HeadwaterError) as caught:
        tool.path()
    one_line(caught.value, tool.command, tool.package)


def test_doctor_reports_all_that_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    missing = {found.check: found for found in checks.examine(settings) if found.status == "missing"}
    assert set(missing) == {tool.command for tool in tools.TOOLS}
    assert all(found.remedy for found in missing.values())


def test_an_unusable_runtime_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = load(runtime_dir=tmp_path / "file" / "inside")
    with pytest.raises(HeadwaterError) as caught, opened(settings):
        pass
    one_line(caught.value, "HEADWATER_RUNTIME_DIR")
    assert "missing" in {found.status for found in checks.examine(settings)}


def test_a_disk_that_fills_up_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeadwaterError) as caught, opened(load(runtime_dir=tmp_path)):
        raise OSError(errno.ENOSPC, "No space left on device")
    one_line(caught.value, "HEADWATER_RUNTIME_DIR", "No space left")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(HeadwaterError) as caught, opened(load(runtime_dir=tmp_path)):
        pass
    one_line(caught.value, "HEADWATER_RUNTIME_DIR", "1 MiB")


def test_without_a_stack_every_command_says_how_to_start_one(settings: Settings) -> None:
    with pytest.raises(HeadwaterError) as caught:
        endpoints.endpoints(settings)
    one_line(caught.value, "nothing is running", "headwater up")


def test_external_addresses_need_no_stack(settings: Settings) -> None:
    given = {"kafka": "k:9092", "redis": "redis://r:6379/0", "flink": "http://f:8081"}
    assert endpoints.endpoints(settings.model_copy(update=given)) == endpoints.Endpoints(**given)
    assert stack.parts(settings.model_copy(update=given), Paths.of(settings)) == ()
