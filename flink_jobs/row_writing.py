"""How rows of tiles and lists are written, be it by a job or from files: all but those of the forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Protocol

from features.layout import Layout, entity_texts
from features.listing_layout import ListLayout
from features.partial import Array, Mask
from sinks.redis_features import TileStore
from sinks.redis_members import MEMBER


class Forgotten(Protocol):
    """Who asked to be forgotten: `flink_jobs.live_forgotten`."""

    def keeps(self, members: Sequence[str], starts_ms: Array) -> Mask | None:
        """Which rows may be written, by their members and when their tiles began; None if all may."""


def write(
    store: TileStore,
    layout: Layout | ListLayout,
    forgotten: Forgotten | None,
    entity: Sequence[list[str]],
    rows: Array,
) -> list[str]:
    """Write rows, whose entities come as columns; the texts of those that were written.

    Of members who asked to be forgotten nothing is written that began before. Raises what the store raises.
    """
    if forgotten is not None and MEMBER in layout.view.entity:
        members = entity[layout.view.entity.index(MEMBER)]
        kept = forgotten.keeps(members, layout.begins_ms(rows))
        if kept is not None:
            entity, rows = [list(compress(column, kept)) for column in entity], rows[kept]
    texts = entity_texts(entity)
    if not texts:
        return texts
    if isinstance(layout, Layout):
        newest_ms = layout.begins_ms(rows) + rows["newest"]
        store.write(layout, texts, rows, int(newest_ms.max()))
    else:
        store.write_list(layout, texts, rows)
    return texts
