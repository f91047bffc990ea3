"""The monitor as a process: whenever a service is gone, it begins again once it is back."""

from __future__ import annotations

import time
from functools import partial

from headwater.errors import HeadwaterError
from headwater.monitor.run import monitor
from headwater.runtime.endpoints import endpoints
from headwater.settings import load

_AGAIN_S = 5.0

if __name__ == "__main__":
    say = partial(print, flush=True)
    while True:
        try:
            settings = load()
            monitor(settings, endpoints(settings), say)
        except (HeadwaterError, OSError) as error:
            say(str(error))
            time.sleep(_AGAIN_S)
