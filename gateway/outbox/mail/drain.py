"""Emails out: claim what is due, ask the gate once more, hand over, settle each. For 20 seconds, then a successor.

One mail after the other: a mail server takes some ten a second, and a city's notices are a few hundred a day.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.ground import Ground
from gateway.outbox import elsewhere
from gateway.outbox.elsewhere import Failed
from gateway.outbox.gate import rule_on_mail
from gateway.outbox.mail.mime import mime
from gateway.outbox.mail.server import Answer, Away, Later, MailServer, Refused, Taken
from gateway.store import emails, tasks
from gateway.store.emails import State
from gateway.store.tasks import NewTask
from rules import gate

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 20.0
_AT_ONCE = 25
LEASE = timedelta(seconds=90)
"""Longer than a drain can last with a server that hangs at its end: nobody else hands the same mail over meanwhile."""
AWAY = timedelta(minutes=1)
"""After the server was not there."""
OUR_FAULT = timedelta(minutes=15)
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""Between the tries of a mail that is to come later. Greylisting wants some minutes; who is full stays so for hours."""


def drain(ground: Ground, server: MailServer | None, stop: Callable[[], bool]) -> bool:
    """Hand over what is due until nothing is, time is up, or `stop` says so. True if work may be left.

    Without a server, what was written when there was one goes another way.
    """
    deadline = time.monotonic() + _LONGEST_SECONDS
    may_go_on = lambda: not stop() and time.monotonic() < deadline  # noqa: E731
    try:
        while may_go_on():
            found, ready = _take(ground)
            if not found:
                return False
            if not _hand_over(ground, server, ready, may_go_on):
                return False
    finally:
        if server is not None:
            server.close()
    return True


def _take(ground: Ground) -> tuple[int, list[Row[Any]]]:
    """What may be handed over now, marked as being sent."""
    now = ground.clock()
    with ground.database.begin() as connection:
        claimed = emails.claim(connection, now, now + LEASE, _AT_ONCE)
    if not claimed:
        return 0, []
    rulings = rule_on_mail(ground, claimed, now)
    with ground.database.begin() as connection:
        dropped = []
        for row in claimed:
            ruling = rulings[row.id]
            why = ruling.reason.value if ruling.reason else ""
            if ruling.verdict is gate.Verdict.WAIT:
                emails.settle(connection, [row.id], State.QUEUED, due_at=ruling.until)
            if ruling.verdict is gate.Verdict.DROP and _drop(connection, row, why):
                dropped.append(Failed.of(row, why, ruling.detail))
        elsewhere.keep_why(connection, dropped, now)
        elsewhere.go_on(ground, connection, dropped, now)
        may_go = [row.id for row in claimed if rulings[row.id].verdict is gate.Verdict.SEND]
        going = emails.dispatch(connection, may_go)
        # Who said stop in this very moment is dropped by the gate the next time.
        emails.settle(connection, set(may_go) - going, State.QUEUED, due_at=now)
    return len(claimed), [row for row in claimed if row.id in going]


def _drop(connection: Connection, row: Row[Any], why: str) -> bool:
    """False if it was taken back meanwhile."""
    return bool(emails.settle(connection, [row.id], State.SUPPRESSED, reason=why))


def _hand_over(
    ground: Ground, server: MailServer | None, ready: Sequence[Row[Any]], may_go_on: Callable[[], bool]
) -> bool:
    """One after the other, each settled before the next. False if the server is not there: all others wait."""
    for place, row in enumerate(ready):
        left = [one.id for one in ready[place:]]
        if not may_go_on():
            _give_back(ground, left, timedelta(0))
            return True
        answer = _send(ground, server, row)
        if isinstance(answer, Away):
            log.warning("the mail server is not there", extra={"why": answer.why})
            _give_back(ground, left, OUR_FAULT if answer.our_fault else AWAY, answer.in_doubt)
            if answer.our_fault:
                _tell_staff(ground, row, answer)
            return False
        _settle(ground, row, answer)
    return True


def _send(ground: Ground, server: MailServer | None, row: Row[Any]) -> Answer:
    agency = ground.policies.of(row.agency_id).policy.agency
    if server is None or agency.email is None:
        return Refused(0)
    try:
        mail = mime(row, agency, ground.clock())
    except (ValueError, IndexError, MessageError):  # the library's words for an address that is none
        return Refused(0)
    return server.send(mail)


def _give_back(ground: Ground, ids: Sequence[UUID], wait: timedelta, first_in_doubt: bool = False) -> None:
    now = ground.clock()
    with ground.database.begin() as connection:
        if first_in_doubt:
            emails.note_doubt(connection, ids[0], now)
        emails.give_back(connection, ids, now + wait)


def _settle(ground: Ground, row: Row[Any], answer: Taken | Later | Refused) -> None:
    now = ground.clock()
    with ground.database.begin() as connection:
        match answer:
            case Taken():
                emails.settle(connection, [row.id], State.SENT, sent_at=now)
            case Later() if row.attempts < len(_WAITS):
                emails.settle(connection, [row.id], State.QUEUED, due_at=now + _WAITS[row.attempts])
            case Later(code) | Refused(code):
                _fail(ground, connection, row, code, now)


def _fail(ground: Ground, connection: Connection, row: Row[Any], code: int, now: datetime) -> None:
    if emails.settle(connection, [row.id], State.FAILED, reason=elsewhere.MAIL_REFUSED):
        elsewhere.go_on(
            ground,
            connection,
            [Failed.of(row, elsewhere.MAIL_REFUSED, str(code) if code else "no address")],
            now,
        )


def _tell_staff(ground: Ground, row: Row[Any], answer: Away) -> None:
    now = ground.clock()
    detail = {"error": f"mail: {answer.why}"}
    task = NewTask(row.agency_id, "credentials_refused", "credentials:smtp", detail, now, now, urgent=True)
    with ground.database.begin() as connection:
        tasks.open_tasks(connection, [task])
