"""The archive: topics of events as Parquet files, each record in exactly one of them."""
