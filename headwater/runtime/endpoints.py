"""Where Kafka, Redis and Flink are: given in the settings, or started here by ``headwater up``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from headwater.errors import HeadwaterError
from headwater.runtime import process
from headwater.runtime.paths import Paths
from headwater.settings import Settings

#: The part whose life stands for the service's.
_LEADERS = {"kafka": "kafka", "redis": "redis", "flink": "jobmanager"}
SERVICES = tuple(_LEADERS)


@dataclass(frozen=True)
class Endpoints:
    """``host:port[,host:port]`` of Kafka, URL of Redis, REST address of Flink."""

    kafka: str
    redis: str
    flink: str


def external(settings: Settings) -> dict[str, str]:
    """The services that the settings give an address of: used as they are, never started or stopped."""
    given = {service: getattr(settings, service) for service in SERVICES}
    return {service: address for service, address in given.items() if address}


def endpoints(settings: Settings) -> Endpoints:
    """Settings first, then what runs here; a HeadwaterError if some service is neither."""
    paths = Paths.of(settings)
    found = external(settings)
    try:
        started: dict[str, str] = json.loads(paths.endpoints.read_text())
    except (OSError, ValueError):
        started = {}
    for service, leader in _LEADERS.items():
        if service in found:
            continue
        if service not in started or process.find(process.read(paths.pid(leader))) is None:
            nothing = not any(process.find(process.read(paths.pid(name))) for name in _LEADERS.values())
            raise HeadwaterError(
                "nothing is running" if nothing else f"{leader} is not running", "headwater up"
            )
        found[service] = started[service]
    return Endpoints(**found)


def kafka_of(settings: Settings) -> str:
    """Where Kafka is, of which alone the others need not be there. Raises HeadwaterError."""
    return settings.kafka or endpoints(settings).kafka


def redis_of(settings: Settings) -> str:
    """Where Redis is, of which alone the others need not be there. Raises HeadwaterError."""
    return settings.redis or endpoints(settings).redis


def write(paths: Paths, local: Endpoints, settings: Settings) -> Endpoints:
    """Record the endpoints in force: the local ones, replaced by those that the settings give."""
    inforce = replace(local, **external(settings))
    paths.endpoints.write_text(json.dumps(asdict(inforce), indent=2) + "\n")
    return inforce
