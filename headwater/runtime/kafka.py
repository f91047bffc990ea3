"""The local broker: one KRaft node, straight from its jars, on the loopback address only.

Settings: https://kafka.apache.org/41/configuration/broker-configs/
"""

from __future__ import annotations

import subprocess

from headwater.errors import HeadwaterError
from headwater.runtime import jvm
from headwater.runtime.part import Part
from headwater.runtime.paths import Paths
from headwater.runtime.ports import LOOPBACK, Port, is_open
from headwater.runtime.telling import telling
from headwater.settings import Settings
from schemas.topics import TOPICS

#: Fixed, so that a formatted directory always fits: base64url of the 16 bytes ``Headwater-local1``.
CLUSTER_ID = "SGVhZHdhdGVyLWxvY2FsMQ"
HEAP = "512m"


def bootstrap(settings: Settings) -> str:
    return f"{LOOPBACK}:{settings.kafka_port}"


def server_properties(settings: Settings, paths: Paths) -> dict[str, str]:
    """The broker's settings in Kafka's own names."""
    largest_bytes = max(topic.max_record_bytes for topic in TOPICS)
    controller = f"{LOOPBACK}:{settings.kafka_controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{bootstrap(settings)},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{bootstrap(settings)}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(paths.data("kafka") / "log"),
        "message.max.bytes": str(largest_bytes),
        "replica.fetch.max.bytes": str(largest_bytes),
        # A misspelt topic must fail, not come into being with default settings.
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "4",
    }


def part(settings: Settings, paths: Paths) -> Part:
    properties = paths.data("kafka") / "server.properties"

    def java(main_class: str) -> list[str]:
        return jvm.command(main_class, classpath=paths.jars, heap=HEAP, log=paths.log("kafka"))

    def prepare() -> None:
        properties.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"{name}={value}\n" for name, value in server_properties(settings, paths).items())
        properties.write_text("".join(lines))
        if (paths.data("kafka") / "log" / "meta.properties").exists():
            return
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(properties)]
        done = subprocess.run(
            [*java("kafka.tools.StorageTool"), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise HeadwaterError(
                f"Kafka cannot format its directory ({telling(done.stdout + done.stderr)})",
                f"remove {paths.data('kafka')} and try again",
            )

    return Part(
        name="kafka",
        service="kafka",
        ports=(
            Port("kafka_port", settings.kafka_port),
            Port("kafka_controller_port", settings.kafka_controller_port),
        ),
        settings={
            "kafka_port": settings.kafka_port,
            "kafka_controller_port": settings.kafka_controller_port,
        },
        prepare=prepare,
        command=lambda: [*java("kafka.Kafka"), str(properties)],
        ready=lambda _: is_open(LOOPBACK, settings.kafka_port),
    )
