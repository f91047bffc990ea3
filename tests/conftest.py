"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: time is measured by the benchmarks, never by tests.
settings.register_profile("headwater", deadline=None)
# For `make soak`: ten times as many examples of each law.
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile("headwater")
