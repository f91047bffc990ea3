"""The monitor at work: it follows the audit, judges each minute once it is over, and tells what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial

from headwater import jobs, titles
from headwater.monitor.arrived import Arrived, Offsets
from headwater.monitor.board import Board
from headwater.monitor.breaker import trip
from headwater.monitor.feed import Feed, Read
from headwater.monitor.flagged import FLAGGED, Flagged
from headwater.monitor.judge import Judge, Pin
from headwater.monitor.models import MINUTES, Models, keep
from headwater.monitor.outlet import KafkaAndRedis, Outlet
from headwater.monitor.pages import PAGES, Pages, ranked, viewers
from headwater.monitor.pages import keep as keep_pages
from headwater.monitor.progress import Committed, Progress
from headwater.monitor.tally import Tally
from headwater.monitor.webhook import Webhook
from headwater.positions import GATE, READS
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.delivery import wall_ms
from schemas.quality import PARTITION, Violation
from schemas.topics import MINUTE_MS
from sinks.redis_models import RedisModels
from validators.watch import catalog

#: A minute is not looked at sooner: the gate and the audit need a checkpoint each.
GRACE_MS = 5_000
#: From so far behind on the monitor says that it sees nothing.
BEHIND_MS = 5 * MINUTE_MS
#: How far back a monitor judges that remembers nothing, and how long it keeps minutes in mind at least.
LOOK_BACK_MS = 60 * MINUTE_MS
_EVERY_S = 0.5


def begin(judge: Judge, now_ms: int) -> int:
    """Pass over minutes that are too old to be judged; since when (ms) to read, so that the first windows are
    whole."""
    judge.judged_ms = max(judge.judged_ms, now_ms // MINUTE_MS * MINUTE_MS - LOOK_BACK_MS)
    return _needed_since(judge)


def _needed_since(judge: Judge) -> int:
    return judge.judged_ms - max([LOOK_BACK_MS, *(watch.window_ms for watch in judge.watches)])


def _longest_of_partitions(judge: Judge) -> int:
    return max((watch.window_ms for watch in judge.watches if PARTITION in watch.slices), default=0)


def due(judged_ms: int, now_ms: int, progress: Progress) -> int | None:
    """The end of the next minute to be judged, None while it is not over, or not counted to its end."""
    end_ms = judged_ms + MINUTE_MS
    return end_ms if now_ms >= end_ms + GRACE_MS and progress.counted(end_ms) else None


def pass_on(
    board: Board, judge: Judge, outlet: Outlet, progress: Progress, read: Callable[[int], None], now_ms: int
) -> None:
    """Show what has grown, judge what is due, and tell what has changed. Once a minute is known to be counted
    `read` has to put all there is by its end (ms) onto the board: the minute is judged once."""
    outlet.counts(board.grown())
    while (end_ms := due(judge.judged_ms, now_ms, progress)) is not None:
        read(end_ms)
        outlet.tell(judge.minute(board, end_ms))
        outlet.save(judge.to_json())
        board.forget(_needed_since(judge))
    if behind := judge.behind(now_ms, BEHIND_MS):
        outlet.tell([behind])
    outlet.stand(list(judge.raised.values()), list(judge.conditions.values()))


def begin_anew(judge: Judge, outlet: Outlet, asked: Mapping[Pin, int]) -> None:
    """Have watches forget what they were asked to, and tell which alerts are cleared by it."""
    if cleared := judge.repin(asked):
        outlet.tell(cleared)
        outlet.save(judge.to_json())


def monitor(
    settings: Settings,
    where: Endpoints,
    say: Callable[[str], None],
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Follow and judge for as long as it is asked. Raises HeadwaterError when a service does not answer."""
    hook = Webhook(settings.alert_webhook, say) if settings.alert_webhook else None
    with (
        client(where.redis) as redis,
        closing(KafkaAndRedis(where.kafka, redis, say, hook)) as outlet,
        closing(Committed(where.kafka)) as progress,
        closing(Offsets(where.kafka, READS[GATE])) as offsets,
    ):
        pause_on = {name.strip() for name in (settings.pause_on or "").split(",")}
        stop = partial(jobs.cancel, settings, where, GATE)
        judge = Judge.from_json(catalog.load(), outlet.saved())
        told_ms = judge.judged_ms
        board, tally, arrived = Board(), Tally(), Arrived(offsets, _longest_of_partitions(judge))
        with Feed(where.kafka, begin(judge, wall_ms())) as feed:
            flagged = feed.unflagged(outlet.saved(FLAGGED), told_ms or judge.judged_ms)

            def read(end_ms: int) -> None:
                take(feed.catch_up(), board, tally, outlet, flagged)
                for count in arrived.until(end_ms):
                    board.take(count)

            take(feed.catch_up(), board, tally, outlet, flagged)
            models = Models(RedisModels(redis), outlet.saved(MINUTES))
            pages = Pages(
                partial(viewers, where.kafka),
                partial(titles.held, where.kafka),
                ranked(redis),
                outlet.saved(PAGES),
            )
            while not until():
                take(feed.poll(_EVERY_S), board, tally, outlet, flagged)
                outlet.violations(tally.grown())
                tally.forget(judge.judged_ms - LOOK_BACK_MS)
                begin_anew(judge, outlet, outlet.repinned())
                pass_on(board, judge, outlet, progress, read, wall_ms())
                keep(models, outlet, wall_ms())
                keep_pages(pages, outlet, wall_ms())
                trip(pause_on, judge.conditions.values(), outlet, stop, say)


def take(reads: Iterable[Read], board: Board, tally: Tally, outlet: Outlet, flagged: Flagged) -> None:
    """Take note of what came. What flagged before flags nobody again."""
    new = []
    for lane, offset, record in reads:
        if isinstance(record, Violation):
            tally.take(record)
            if flagged.pass_by(lane, offset):
                new.append(record)
        else:
            board.take(record)
    if new:
        outlet.flag(new)
        outlet.save(flagged.to_json(), FLAGGED)
