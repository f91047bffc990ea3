"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: time is measured by the benchmarks, never by tests.
settings.register_profile("headwater", deadline=None)
settings.load_profile("headwater")
