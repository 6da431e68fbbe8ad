"""The processes of the Procfile: `python -m gateway.processes sender|worker|mailer|timers|drops`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from gateway import wake
from gateway.app import lay_ground
from gateway.jobs import drains, drops, sweep
from gateway.jobs.drains import Workshop
from gateway.jobs.stop import Stop
from gateway.jobs.worker import work
from gateway.settings import BadSettings, from_environ
from rules.policy import BadPolicy
from rules.survey import BadSurvey

# RQ waits on its queue with a blocking read, so a worker's connection must be patient; the doors' is not.
_WORKER_REDIS_SECONDS = 5.0


def _rq(queue: str) -> Callable[[Workshop], None]:
    def run(workshop: Workshop) -> None:
        drains.open_workshop(workshop)
        redis = wake.connect(workshop.ground.settings.redis_url, seconds=_WORKER_REDIS_SECONDS)
        work([queue], redis, workshop.stop)

    return run


PROCESSES: Mapping[str, Callable[[Workshop], None]] = {
    "sender": _rq(wake.OUTBOX),
    "worker": _rq(wake.EVENTS),
    "mailer": _rq(wake.MAIL),
    "timers": sweep.run,
    "drops": drops.run,
}


def main(arguments: list[str]) -> int:
    """Runs one process until it is asked to end. Returns its exit status."""
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        sys.stderr.write(f"expected one of: {', '.join(PROCESSES)}\n")
        return 2
    try:
        ground = lay_ground(from_environ(os.environ))
    except (BadSettings, BadPolicy, BadSurvey) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stop = Stop()
    stop.on_signals()
    workshop = Workshop(ground, stop, wake.connect(ground.settings.redis_url, seconds=0.2))
    try:
        PROCESSES[arguments[0]](workshop)
    finally:
        workshop.close()
        ground.database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
