"""Kafka and Redis from their public images; every test is skipped where no Docker engine answers."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest
import redis

# Images of other people's making: what runs against them runs against more than our own broker's settings.
KAFKA_IMAGE = "confluentinc/cp-kafka:7.6.0"
REDIS_IMAGE = "redis:7.2"


@pytest.fixture(scope="session")
def engine() -> None:
    """Skips what needs a Docker engine where none answers."""
    silence = why_silent()
    if silence:
        pytest.skip(f"no Docker engine answers ({silence})")


@pytest.fixture(scope="session")
def kafka(engine: None) -> Iterator[str]:
    """Bootstrap servers of a Kafka in a container."""
    from testcontainers.community.kafka import KafkaContainer

    with KafkaContainer(KAFKA_IMAGE).with_kraft() as container:
        yield container.get_bootstrap_server()


@pytest.fixture
def store(redis_url: str) -> Iterator[redis.Redis]:
    """An empty Redis in a container, as the jobs connect to it."""
    from sinks.redis_features import connect

    with connect(redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture(scope="session")
def redis_url(engine: None) -> Iterator[str]:
    """URL of a Redis in a container."""
    from testcontainers.community.redis import RedisContainer

    with RedisContainer(REDIS_IMAGE) as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


def why_silent() -> str | None:
    """Why no engine answers, or None if one does."""
    import docker

    with warnings.catch_warnings():
        # The SDK leaves its socket open when nobody answers.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            docker.from_env(timeout=5).close()
            return None
        except docker.errors.DockerException as error:
            return str(error)
        finally:
            gc.collect()
