"""Alerts reach a webhook in their order, over its failures, and what it never takes is told."""

from __future__ import annotations

import pytest

from headwater.monitor.webhook import Webhook
from schemas.quality import Alert
from tests.receiver import Receiver

pytestmark = pytest.mark.unit


def alert(n: int) -> Alert:
    return Alert(n, "rejected_share", "play", "all", "", "raised", 0.4, 0.2, 60_000, "validity", "too many")


def test_an_alert_is_posted_again_until_it_is_taken() -> None:
    said, waits = list[str](), list[float]()
    with Receiver(500, 503) as failing:
        hook = Webhook(failing.url, said.append, waits.append)
        for n in range(3):
            hook.send(alert(n))
        hook.close()
    assert failing.taken == [alert(0), alert(1), alert(2)]
    assert waits == [1.0, 5.0]
    assert said == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "no address"])
def test_what_nobody_takes_is_told_and_holds_nothing_up(url: str) -> None:
    said = list[str]()
    hook = Webhook(url, said.append, lambda _: None)
    hook.send(alert(0))
    hook.send(alert(1))
    hook.close()
    assert len(said) == 2
    assert all("rejected_share was not told there" in line for line in said)
