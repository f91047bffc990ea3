"""The offline form of a view: the same numbers from files of events, by DuckDB, as the stream makes of them.

The SQL is that of the stream (`features.sql`, `features.listing_sql`), and so are the layouts and the merge.
"""

from features.offline.answers import as_of, in_parts
from features.offline.backfill import count, whole_tiles, write
from features.offline.log import Log
from features.offline.tiles import stored

__all__ = ["Log", "as_of", "count", "in_parts", "stored", "whole_tiles", "write"]
