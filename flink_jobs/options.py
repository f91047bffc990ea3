"""What a job is told on its command line. `headwater submit` fills it in from the settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields


def features_group(generation: int) -> str:
    """The consumer group of a generation of features: two may run side by side."""
    return f"compute_features-g{generation:x}"


@dataclass(frozen=True)
class Options:
    """Addresses, and how the job runs; each field is an argument such as --mini-batch-ms."""

    kafka: str = "127.0.0.1:9092"
    redis: str = "redis://127.0.0.1:6379/0"
    parallelism: int = 1
    checkpoint_ms: int = 5_000
    mini_batch_ms: int = 100
    #: How long a bundle of rows waits for more before Python sees it. Flink looks at fixed ticks of this
    #: length, so the wait is up to twice as long. A call of the gate costs more than 2 ms, however few
    #: the rows, so less than this brings nothing.
    bundle_ms: int = 25
    #: Rows in one Arrow batch: more bring nothing, fewer pay the fixed cost of a call too often.
    batch_rows: int = 2_000
    #: A play that follows a hover within this time means that the title was taken.
    take_window_ms: int = 600_000
    #: Whoever was active within this time is told of the risk not to be within the next.
    churn_horizon_ms: int = 86_400_000
    #: The views that are computed, by name, separated by commas; all of the catalogue where there is none.
    views: str = ""
    #: Raised when a job starts without its state, so that its smaller counts replace the greater ones.
    generation: int = 0
    #: Where a job without state begins to read, by ingestion time; 0 for all that there is.
    replay_from_ms: int = 0

    @classmethod
    def parse(cls, argv: Sequence[str]) -> Options:
        """Options from arguments; argparse exits with 2 and one line on a bad one."""
        parser = argparse.ArgumentParser(allow_abbrev=False)
        for field in fields(cls):
            kind = type(field.default)
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
        return cls(**vars(parser.parse_args(argv)))

    def arguments(self) -> list[str]:
        """The command line that parses to these options.

        >>> Options.parse(Options(generation=3).arguments()).generation
        3
        """
        return [
            part
            for field in fields(self)
            for part in (f"--{field.name.replace('_', '-')}", str(getattr(self, field.name)))
        ]
