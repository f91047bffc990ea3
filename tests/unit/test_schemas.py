"""Laws over every schema and every topic."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import CATALOG
from flink_jobs.kafka_tables import sql_type
from schemas import topics
from schemas.events import AVRO_DIR, COMMON, EVENT_NAMES, EVENTS, registered
from schemas.registry import EMBEDDED, Writer
from schemas.topics import TOPICS, Topic
from tests.samples import records

pytestmark = pytest.mark.unit

FILES = sorted(AVRO_DIR.glob("*.avsc"))
SCHEMAS = [pytest.param(json.loads(path.read_text()), id=path.stem) for path in FILES]
BY_NAME = {topic.name: topic for topic in TOPICS}


def versions(event: str) -> list[Writer]:
    return sorted((w for w in EMBEDDED.writers.values() if w.event == event), key=lambda w: w.version)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_tells_what_it_and_each_of_its_fields_mean(schema: dict[str, Any]) -> None:
    for told in (schema, *schema["fields"]):
        assert told["doc"].endswith(".")
        assert len(told["doc"]) > 10


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_nullable_field_is_null_first_and_null_by_default(schema: dict[str, Any]) -> None:
    """Flink derives its reader schema so, and an older writer's datum gets the default."""
    for field in schema["fields"]:
        if isinstance(field["type"], list):
            assert (field["type"][0], len(field["type"]), field["default"]) == ("null", 2, None)
        else:
            assert "default" not in field


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_fields_have_types_that_flink_sql_has(event: str) -> None:
    for column in EVENTS[event].columns:
        assert sql_type(column.avro)


@pytest.mark.parametrize("event", EVENT_NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_new_version_reads_what_each_old_one_wrote(event: str, data: st.DataObject) -> None:
    record = data.draw(records(event))
    for old, new in [*pairwise(versions(event)), (versions(event)[0], versions(event)[-1])]:
        known = {f["name"] for f in old.schema["fields"]}
        out = io.BytesIO()
        fastavro.schemaless_writer(out, plain(old), {n: v for n, v in record.items() if n in known})
        out.seek(0)
        read: Any = fastavro.schemaless_reader(out, plain(old), plain(new))
        assert {n: read[n] for n in read if n in known} == {n: record[n] for n in read if n in known}


def plain(writer: Writer) -> Any:
    """The schema without logical types: times may be any number of milliseconds."""
    text = json.dumps(writer.schema).replace('{"type": "long", "logicalType": "timestamp-millis"}', '"long"')
    return fastavro.parse_schema(json.loads(text))


def test_columns_that_events_share_have_one_type_and_one_meaning() -> None:
    seen: dict[str, tuple[Any, str]] = {}
    for event in EVENTS.values():
        for column in event.columns:
            told = (column, event.docs[column.name])
            assert seen.setdefault(column.name, told) == told


def test_every_file_is_registered_once_and_ids_are_unique() -> None:
    rows = registered()
    assert sorted(row["file"] for row in rows) == [path.name for path in FILES]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(row["event"], row["version"]) for row in rows}) == len(rows)
    assert all(0 < row["id"] < 2**31 for row in rows)


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_the_current_schema_is_the_newest_version(event: str) -> None:
    assert versions(event)[-1].id == EMBEDDED.current_id[event]
    assert versions(event)[-1].schema == EVENTS[event].schema
    assert EVENTS[event].schema["name"].lower() == event.replace("_", "")


def test_every_event_begins_with_what_all_events_carry() -> None:
    common = [c.name for c in EVENTS["play"].columns[:COMMON]]
    assert all([c.name for c in event.columns[:COMMON]] == common for event in EVENTS.values())


def test_topics_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(TOPICS)


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_an_event_has_topics_that_fit_one_another(event: str) -> None:
    sent, passed, aside = (BY_NAME[of(event)] for of in (topics.raw, topics.valid, topics.quarantine))
    assert (sent.timestamp_type, passed.timestamp_type) == ("LogAppendTime", "CreateTime")
    assert sent.partitions == passed.partitions
    assert aside.max_record_bytes > sent.max_record_bytes > topics.MAX_DATUM_BYTES
    assert passed.max_record_bytes > topics.MAX_DATUM_BYTES
    assert aside.retention_ms >= sent.retention_ms


def test_what_is_replayed_outlives_the_longest_window() -> None:
    longest_ms = max(view.reach_ms for view in CATALOG)
    assert all(BY_NAME[topics.valid(event)].retention_ms > longest_ms for event in EVENT_NAMES)
    assert all(BY_NAME[topics.quarantine(event)].retention_ms > longest_ms for event in EVENT_NAMES)
    for event in topics.LEARNT_FROM:
        learnt, passed = BY_NAME[topics.facts(event)], BY_NAME[topics.valid(event)]
        assert (learnt.retention_ms, learnt.partitions) == (passed.retention_ms, passed.partitions)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_settings_in_kafkas_words(topic: Topic) -> None:
    assert all(isinstance(value, str) for value in topic.config().values())
    assert topic.partitions >= 1
