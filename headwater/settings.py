"""Settings: defaults, then ``headwater.toml`` in the working directory, then ``HEADWATER_*`` variables.

Kafka, Redis and Flink are started here by ``headwater up`` unless their address is given; an address that
is given is used as it is and never started or stopped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from headwater.errors import HeadwaterError


class Settings(BaseSettings):
    """Every setting, its default and its bounds; the variable is ``HEADWATER_`` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_", toml_file="headwater.toml", extra="forbid")

    kafka: str | None = Field(
        None, description="bootstrap servers of an existing Kafka, host:port[,host:port]"
    )
    redis: str | None = Field(
        None,
        description="URL of an existing Redis, redis://host:port/db, or redis+cluster://host:port",
    )
    flink: str | None = Field(None, description="REST address of an existing Flink cluster, http://host:port")

    runtime_dir: Path = Field(Path(".runtime"), description="where the local runtime lives")
    kafka_port: int = Field(9092, ge=1, le=65_535, description="port of the local broker")
    kafka_controller_port: int = Field(9093, ge=1, le=65_535, description="port of its KRaft controller")
    redis_port: int = Field(6379, ge=1, le=65_535, description="port of the local Redis")
    flink_port: int = Field(8081, ge=1, le=65_535, description="REST port of the local Flink cluster")
    flink_rpc_port: int = Field(6123, ge=1, le=65_535, description="RPC port of the local JobManager")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_534,
        description="Prometheus port of the JobManager, on all interfaces; the TaskManager takes the next; "
        "unset: none",
    )
    task_slots: int = Field(6, ge=1, le=64, description="slots of the local TaskManager")

    supervise: bool = Field(True, description="start again what dies of the local runtime")
    monitor: bool = Field(True, description="judge data quality in the background")
    alert_webhook: str | None = Field(
        None, pattern=r"^https?://", description="URL to which every alert is posted, as JSON"
    )
    pause_on: str | None = Field(
        None, description="hard watches that stop the gate when they are broken, by name, separated by commas"
    )
    worker_python: str = Field("python", description="Python of the workers of an existing Flink cluster")
    parallelism: int = Field(1, ge=1, le=64, description="parallelism of a submitted job")
    mini_batch_ms: int = Field(
        100, ge=1, le=60_000, description="how long features gather changes before a write"
    )
    views: str = Field(
        "title_engagement,title_country_trending,member_activity",
        description="views to compute, by name, separated by commas; all: the whole catalogue",
    )
    task_heap_mb: int = Field(
        1_024, ge=256, le=1_048_576, description="memory of the local TaskManager for state and rows, MiB"
    )
    state_backend: Literal["hashmap", "rocksdb"] = Field(
        "hashmap",
        description="where local jobs keep their state: hashmap, in memory; rocksdb, on disk too",
    )
    take_window_ms: int = Field(
        600_000, ge=1_000, le=86_400_000, description="a play this soon after a hover is a take"
    )
    churn_horizon_ms: int = Field(
        86_400_000,
        ge=80_000,
        le=604_800_000,
        multiple_of=4_000,
        description="who was active within this time and is not within the next has left",
    )
    checkpoint_ms: int = Field(5_000, ge=100, le=3_600_000, description="time between checkpoints")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then ``headwater.toml``."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**overrides: Any) -> Settings:
    """The settings in force, or a HeadwaterError that names the setting, its value and what it may be."""
    try:
        return Settings(**overrides)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise HeadwaterError(
            f"setting {name} (HEADWATER_{name.upper()}) is {first['input']!r}", first["msg"].lower()
        ) from None
    except ValueError as unreadable:
        raise HeadwaterError("headwater.toml cannot be read", str(unreadable)) from None
