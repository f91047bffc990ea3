"""``headwater monitor``: the monitor in the foreground."""

from __future__ import annotations

from functools import partial

from headwater.monitor.run import monitor as follow
from headwater.runtime.endpoints import endpoints
from headwater.settings import load


def monitor() -> None:
    """Judge what audit_streams counts, for as long as it runs: alerts, hard conditions, degraded views.

    `headwater up` runs one in the background. Beside services of your own, run this one for itself. It tells
    what changes on stdout, in the topics quality.alerts and quality.conditions, in Redis for `headwater
    quality`, and to HEADWATER_ALERT_WEBHOOK.
    """
    settings = load()
    follow(settings, endpoints(settings), partial(print, flush=True))
