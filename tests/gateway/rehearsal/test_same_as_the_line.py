"""A rehearsal tells what the line does: each department's day, in memory and through database, outbox and carrier."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, func, select

from gateway.feeds.door import take
from gateway.feeds.schema import read
from gateway.ground import Ground, Policies
from gateway.outbox.intents import occasion_of
from gateway.rehearsal.play import Line
from gateway.store import agencies
from gateway.store.tables import emails, letters, messages, timers
from rules.policy import PinnedPolicy
from tests.gateway.outbox.channels import Inbox, mail_server
from tests.gateway.rehearsal.days import NAMES, Day, day_of
from tests.gateway.rehearsal.test_days import AT_MOST_LATE
from tests.gateway.world import LINE, World

AN_HOUR = timedelta(hours=1)
MONTHS = timedelta(days=120)
Told = tuple[str, ...]
"""record kind, number, rule, party, occasion, channel, words of a text"""


@dataclass
class Clock:
    """The day's own."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=NAMES)
def day(request: pytest.FixtureRequest) -> Day:
    return day_of(request.param)


@pytest.fixture
def clock(day: Day) -> Clock:
    return Clock(min(came for came, _, _ in day.told).astimezone(UTC))


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def ground(ground: Ground, day: Day, clock: Clock, inbox: Inbox) -> Ground:
    agency_id = day.pinned.policy.agency.id
    settings = replace(ground.settings, smtp_url=inbox.url)
    laid = replace(ground, clock=clock, settings=settings, policies=Policies({agency_id: day.pinned}))
    with laid.database.begin() as connection:
        agencies.add_agency(connection, agency_id, clock())
        agencies.add_sender(connection, agency_id, LINE.numbers[0], segments_per_second=10_000)
    return laid


@dataclass
class Department:
    """A day that passes on the line: it is told, it waits, and each thing happens when it is due."""

    world: World
    clock: Clock
    day: Day

    def live(self, told: list[tuple[datetime, dict[str, Any], bool]]) -> None:
        """Events in the order of arrival, then on until nothing is due any more."""
        in_order = sorted(told, key=lambda one: one[0])
        ends = in_order[-1][0] + AN_HOUR
        silence = self.day.silence or (ends, ends)
        moments = [silence[0] - self.day.pulse, silence[1]] if self.day.silence else []
        arrivals = {came for came, _, _ in in_order}
        for at in sorted({*arrivals, *moments, ends - self.day.pulse}):
            self.wait_until(at, silence, ends)
            for came, body, history in in_order:
                if came == at:
                    (result,) = take(self.world.ground, self.agency, [body], self.clock(), history)
                    assert result.result in {"accepted", "duplicate"}, result
            self.work()
        self.wait_until(ends + MONTHS, silence, ends)

    def wait_until(self, at: datetime, silence: tuple[datetime, datetime], ends: datetime) -> None:
        while (due := self.next_due()) is not None and due < at:
            self.clock.now = max(self.clock.now, due)
            self.beat(silence, ends)
            before = due
            self.work()
            assert self.next_due() != before, "what is due is done"
        self.clock.now = max(self.clock.now, at.astimezone(UTC))
        self.beat(silence, ends)

    def beat(self, silence: tuple[datetime, datetime], ends: datetime) -> None:
        """The dispatch system is heard each minute, but for its silence and after the day."""
        now = self.clock()
        if silence[0] <= now < silence[1] or now > ends:
            return
        body = {"specversion": "1.0", "source": "cad", "id": f"beat-{now}", "type": "feed.heartbeat"}
        take(self.world.ground, self.agency, [body | {"time": now.isoformat()}], now)

    @property
    def agency(self) -> str:
        return self.day.pinned.policy.agency.id

    def work(self) -> None:
        """Until everything that is due by now is done."""
        self.world.workshop.work_off_events()
        self.world.send()
        self.world.workshop.drain_mail()
        self.world.send()

    def next_due(self) -> datetime | None:
        with self.world.ground.database.connect() as connection:
            due = [
                connection.scalar(select(func.min(timers.c.due_at))),
                *(
                    connection.scalar(select(func.min(table.c.due_at)).where(table.c.state == "queued"))
                    for table in (messages, emails)
                ),
            ]
        return min((one for one in due if one is not None), default=None)

    def told(self) -> set[Told]:
        sent: set[Told] = set()
        for table, channel, states in (
            (messages, "text", {"sent", "delivered"}),
            (emails, "email", {"sent"}),
            (letters, "letter", {"to_print"}),
        ):
            for row in self.world.rows(table, agency_id=self.agency):
                if row.state in states:
                    sent.add(_told(row, table, channel, self.day.pinned))
        return sent


def _told(row: Any, table: Table, channel: str, pinned: PinnedPolicy) -> Told:
    rule = pinned.policy.rule(row.notice)
    assert rule is not None
    key = row.record_kind, row.record_number
    occasion = occasion_of(row.intent_key, rule.tells, key, row.party_id)
    words = _without_token(row.body) if table is messages else ""
    return *key, rule.tells, row.party_id, occasion, channel, words


def rehearsed(day: Day, lines: list[Line]) -> set[Told]:
    return {
        (
            *line.record,
            rule.tells,
            line.party_id,
            line.occasion,
            line.channel or "",
            _without_token(line.text) if line.channel == "text" else "",
        )
        for line in lines
        if line.outcome == "sent" and (rule := day.pinned.policy.rule(line.rule))
    }


def _without_token(body: str) -> str:
    return re.sub(r"https://[^/ ]+/(m|s)/[\w-]+", r"LINK/\1", body)


def test_a_day_through_the_line_tells_what_its_rehearsal_told(
    world: World, clock: Clock, inbox: Inbox, day: Day
) -> None:
    department = Department(world, clock, day)
    department.live(list(day.told))
    told = department.told()
    assert told == rehearsed(day, day.played())
    assert len(told) > 10
    assert len(inbox.mails) == len([one for one in told if one[5] == "email"])


def test_doubled_and_shuffled_it_is_the_same_on_the_line_as_in_the_rehearsal(
    world: World, clock: Clock, day: Day
) -> None:
    chance = random.Random(day.title)
    order = [*range(len(day.told)), *chance.choices(range(len(day.told)), k=len(day.told) // 2)]
    chance.shuffle(order)
    late = [(day.told[one][0] + AT_MOST_LATE * chance.random(), one) for one in order]
    clock.now = min(came for came, _ in late).astimezone(UTC)
    department = Department(world, clock, day)
    department.live([(came, *day.told[one][1:]) for came, one in late])
    assert department.told() == rehearsed(day, day.played([(came, day.events[one][1]) for came, one in late]))


def test_told_at_once_at_its_end_it_is_the_same_on_the_line_as_in_the_rehearsal(
    world: World, clock: Clock, day: Day
) -> None:
    last = max(came for came, _, _ in day.told)
    order = list(range(len(day.told)))
    random.Random(day.title).shuffle(order)
    clock.now = last.astimezone(UTC)
    department = Department(world, clock, day)
    department.live([(last, *day.told[one][1:]) for one in order])
    # In memory the clock is the events' own: the last of them to happen comes first.
    order.sort(key=lambda one: day.events[one][1].time != last)
    assert department.told() == rehearsed(day, day.played([(last, day.events[one][1]) for one in order]))


def test_people_whose_numbers_are_at_home_elsewhere_sleep_as_long_on_the_line_as_in_the_rehearsal(
    world: World, clock: Clock, day: Day
) -> None:
    moved = [(came, _moved_to_honolulu(body), history) for came, body, history in day.told]
    events = [(came, read(body, history)) for came, body, history in moved]
    lines = day.played(events)
    department = Department(world, clock, day)
    department.live(moved)
    assert department.told() == rehearsed(day, lines)
    surveyed = [line.at for line in lines if line.rule.startswith("survey") and line.outcome == "sent"]
    assert all(8 <= at.astimezone(ZoneInfo("Pacific/Honolulu")).hour < 21 for at in surveyed)


def _moved_to_honolulu(body: dict[str, Any]) -> dict[str, Any]:
    """The same event with everybody's own number there."""
    data = dict(body["data"])
    if "parties" in data:
        data["parties"] = [
            {**party, "phone": "+1808" + re.sub("[^0-9]", "", party["phone"])[-7:]}
            if "phone" in party
            else party
            for party in data["parties"]
        ]
    return {**body, "data": data}
