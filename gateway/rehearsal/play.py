"""Events of the past are lived through as on the line: merged, asked about, timed, and let out at the gate.

The clock is the events' own. It does in memory what `gateway.feeds.batch` and the outbox do with a database, with the
same rules, gate and words; what only a person or a carrier does (STOP, enrolling, failing) does not happen.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from gateway.rehearsal.line import ALREADY_TOLD, HELD, NO_WORDS, NOT_YET, Line, Outcome
from gateway.rehearsal.memory import Intent, Known, Memory, Message, calls_among, cases_among
from gateway.rehearsal.wording import Wording
from locales import Catalogs, MissingFact
from rules import gate
from rules.engine import Context, Decision, Notice, TaskWanted, Telling, TimerWanted, decide
from rules.engine import Outcome as Called
from rules.policy import Channel, NoticeClass, NoticeRule, PinnedPolicy
from rules.policy_keys import Surge
from rules.recipients import recipients
from rules.records import occasion_of
from rules.suppression import Reason, Subject, Suppressed
from rules.surge import most_in_an_hour
from rules.survey import PinnedSurvey
from rules.values import Call, Event, EventType, Happened, Party, Record
from rules.zones import zone_of

__all__ = ["Line", "play"]

SURVEYED_AGAIN_AFTER = timedelta(days=30)
CASES_LIVE = timedelta(days=90)
"""An arrest may come long after the report that says whom to tell of it."""
_LOOKS_BACK = timedelta(days=28)

_END = datetime.max.replace(tzinfo=UTC)

News = set[tuple[EventType, str]]
_Surveyed = tuple[tuple[str, str], Intent]


def play(
    pinned: PinnedPolicy,
    events: Iterable[Event],
    *,
    catalogs: Catalogs,
    surveys: Mapping[str, PinnedSurvey],
    until: datetime | None = None,
    phones_are_real: bool = True,
) -> Iterator[Line]:
    """What the policy would have made of these events, told as the simulated clock goes on.

    `events` come about in the order of their time; one that comes later than others counts as told late. What was sent
    is told at once, what was not when nothing can change that any more. After the last event the clock goes on until
    nothing is due, or to `until` (aware, UTC): later events are not heard, and what is due later is told as `not_yet`.
    Memory holds the records of some days, not the file: see `_Play.lives`. A real number tells where its owner sleeps;
    one that was made up does not.
    """
    return _Play(pinned, Wording(pinned, catalogs, surveys), phones_are_real).run(events, until or _END)


@dataclass(frozen=True, slots=True)
class _Look:
    """A timer: to ask about a record again."""

    record: tuple[str, str]
    rule: str
    occasion: str


@dataclass(frozen=True, slots=True)
class _Gate:
    """A message waited for this time."""

    record: tuple[str, str]
    intent: Intent


@dataclass(frozen=True, slots=True)
class _Forget:
    """Nothing of a record may be due any more."""

    record: tuple[str, str]


@dataclass
class _Play:
    pinned: PinnedPolicy
    wording: Wording
    phones_are_real: bool = True
    memory: Memory = field(default_factory=Memory)
    agenda: list[tuple[datetime, int, _Look | _Gate | _Forget]] = field(default_factory=list)
    """What is due when, as a heap; the number keeps the order of what is due at once."""
    calls_heard_at: datetime | None = None
    _turn: Iterator[int] = field(default_factory=count)
    _surveyed: dict[str, dict[_Surveyed, datetime]] = field(default_factory=dict)
    """Phone -> what it was surveyed about, and when."""
    _surveys: deque[tuple[datetime, str, _Surveyed]] = field(default_factory=deque)
    _opened: dict[str, datetime] = field(default_factory=dict)
    """Tasks that are not about one record, each told once; the oldest first."""
    _surges: dict[str, _Surge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lives = [rule.delay + rule.expires for rule in self.pinned.policy.notices]
        self.lives = max(lives, default=timedelta(0))
        """For so long after its last event anything of a call may be due."""
        self._rules: dict[EventType, list[NoticeRule]] = {}
        for rule in self.pinned.policy.notices:
            self._rules.setdefault(rule.on, []).append(rule)
        self.asks_always = any(rule.owed and rule.on.about == "call" for rule in self.pinned.policy.notices)
        """True to ask the rules anew even where they have ruled a call out: what is owed becomes a task each time."""

    def run(self, events: Iterable[Event], until: datetime) -> Iterator[Line]:
        for now, told in _by_instant(events, until):
            yield from self._go_on(now)
            yield from self._live(now, told)
        yield from self._go_on(until)
        for one in list(self.memory.known.values()):
            yield from self._told_of(one)

    def _go_on(self, until: datetime) -> Iterator[Line]:
        """All that is due before that time, instant by instant."""
        while self.agenda and self.agenda[0][0] < until:
            yield from self._live(self.agenda[0][0], ())

    def _live(self, now: datetime, events: Iterable[Event]) -> Iterator[Line]:
        """One instant: events first, so that a timer of the same instant finds what they changed."""
        news: dict[tuple[str, str], News] = {}
        for event in events:
            self._hear(event, now, news)
        gated, ended = self._take_due(now, news)
        for key, new in news.items():
            if one := self.memory.known.get(key):
                yield from self._ask(one, frozenset(new), now)
        for one, message in gated:
            if message.intent in one.waiting:
                yield from self._to_the_gate(one, message, now)
        for one in ended:
            if one.waiting or one.changed_at + self._life(one) > now or self.memory.is_wanted(one):
                later = max(one.changed_at + self._life(one), now + timedelta(days=1))
                self._at(later, _Forget(one.key))
            else:
                yield from self._told_of(one)
                self.memory.forget(one)

    def _hear(self, event: Event, now: datetime, news: dict[tuple[str, str], News]) -> None:
        if event.type.about != "case":
            self.calls_heard_at = now
        if not event.type.about:
            return
        first = (event.type.about, event.subject) not in self.memory.known
        one = self.memory.hear(event, now)
        if not event.data.keys() <= _SAYS_NOTHING:
            one.ruled_out = None
        if first:
            self._at(now + self._life(one), _Forget(one.key))
        if not event.history and (first or self._may_matter(one, event)):
            news.setdefault(one.key, set()).add((event.type, occasion_of(event)))

    def _may_matter(self, one: Known, event: Event) -> bool:
        """Whether the rules could say something else now. Asking is dear, and most stages of most calls change nothing.

        A stage that no notice tells of can only overtake what waits, or what its type does not rule out already.
        """
        return bool(
            event.type in self._rules
            or one.waiting
            or not event.data.keys() <= _SAYS_NOTHING
            or not _FOR_GOOD.issuperset(one.decided.values())
        )

    def _life(self, one: Known) -> timedelta:
        return self.lives if one.key[0] == "call" else max(self.lives, CASES_LIVE)

    def _take_due(
        self, now: datetime, news: dict[tuple[str, str], News]
    ) -> tuple[list[tuple[Known, Message]], list[Known]]:
        """What waited for this instant: messages, and records that may be forgotten. Timers become news."""
        gated: list[tuple[Known, Message]] = []
        ended: list[Known] = []
        while self.agenda and self.agenda[0][0] <= now:
            due, _, what = heapq.heappop(self.agenda)
            if (one := self.memory.known.get(what.record)) is None:
                continue
            if isinstance(what, _Forget):
                ended.append(one)
            elif isinstance(what, _Gate):
                if message := one.waiting.get(what.intent):
                    gated.append((one, message))
            elif (what.rule, what.occasion, due) in one.timers:
                one.timers.discard((what.rule, what.occasion, due))
                if rule := self.pinned.policy.rule(what.rule):
                    news.setdefault(one.key, set()).add((rule.on, what.occasion))
        return gated, ended

    def _at(self, due: datetime, what: _Look | _Gate | _Forget) -> None:
        heapq.heappush(self.agenda, (due, next(self._turn), what))

    # What a record calls for

    def _ask(self, one: Known, news: frozenset[tuple[EventType, str]], now: datetime) -> Iterator[Line]:
        record, linked = one.record, self.memory.linked(one)
        if one.ruled_out and not linked:
            self._rule_out(one, record, one.ruled_out, news, now)
            return
        context = Context(
            calls_among(linked),
            linked_cases=cases_among(linked),
            decided=one.decided,
            news=news,
            feed_silent=self._feed_is_silent(now),
        )
        outcome = decide(self.pinned.policy, record, now, context)
        if not linked and not self.asks_always:
            one.ruled_out = _ruled_out(one, outcome)
        for notice in outcome.notices:
            if self._asked_too_often(one, notice, now):
                outcome = outcome.without(notice, Suppressed(Reason.SURVEY_CAP))
        for wanted in outcome.timers:
            self._set_timer(one, wanted)
        for decision in outcome.decisions:
            why = decision.suppressed
            one.decided[decision.telling] = why.reason if why else None
            if why:
                self._end(one, decision.telling, self._no(one, record, decision, why, now))
        for decision in outcome.canceled:
            self._take_back(one, record, decision, now)
        for key in outcome.settled:
            one.tasks.pop(key, None)
        for task in outcome.tasks:
            yield from self._open(one, record, task, now)
        for notice in outcome.notices:
            yield from self._write(one, record, notice, now)

    def _set_timer(self, one: Known, wanted: TimerWanted) -> None:
        timer = (wanted.rule, wanted.occasion, wanted.due)
        if timer not in one.timers:
            one.timers.add(timer)
            self._at(wanted.due, _Look(one.key, wanted.rule, wanted.occasion))

    def _rule_out(
        self,
        one: Known,
        record: Record,
        why: Suppressed,
        news: frozenset[tuple[EventType, str]],
        now: datetime,
    ) -> None:
        """As the engine would decide, without its checks: they said why, and would say it again. Nine calls in ten
        are such calls, each asked about at every stage."""
        today = now.astimezone(self.pinned.policy.agency.zone).date()
        for what in record.happened:
            for rule in self._rules.get(what.type, ()):
                due = min(what.time, now) + rule.delay
                if due > now:
                    self._set_timer(one, TimerWanted(rule.id, what.occasion, due))
                    continue
                stale = now - what.time >= rule.expires
                if stale and (what.type, what.occasion) not in news:
                    continue
                for party in recipients(rule, record, frozenset(), (), today):
                    telling = Telling(rule.id, party.id, what.occasion)
                    if telling not in one.decided:
                        found = Suppressed(Reason.STALE) if stale else why
                        one.decided[telling] = found.reason
                        line = self._line(one, record, telling, now, "suppressed", party, found)
                        self._end(one, telling, line)

    def _feed_is_silent(self, now: datetime) -> bool:
        last = self.calls_heard_at
        return last is not None and now - last > self.pinned.policy.feed.silent_after

    def _asked_too_often(self, one: Known, notice: Notice, now: datetime) -> bool:
        """Nobody is surveyed twice in a month. Notes that this one is, if not."""
        if notice.notice_class is not NoticeClass.SURVEY:
            return False
        while self._surveys and now - self._surveys[0][0] >= SURVEYED_AGAIN_AFTER:
            _, phone, this = self._surveys.popleft()
            self._surveyed.get(phone, {}).pop(this, None)
            if not self._surveyed.get(phone):
                self._surveyed.pop(phone, None)
        phone, this = notice.party.phone or "", (one.key, _intent(notice))
        asked = self._surveyed.setdefault(phone, {})
        if asked.keys() - {this}:
            return True
        asked[this] = now
        self._surveys.append((now, phone, this))
        return False

    def _take_back(self, one: Known, record: Record, decision: Decision, now: datetime) -> None:
        """What should not go out any more and still waits at the gate."""
        rule = self.pinned.policy.rule(decision.rule)
        assert rule is not None
        assert decision.suppressed is not None
        for channel in rule.by:
            message = one.waiting.get((rule.tells, decision.party_id, decision.occasion, channel))
            if message:
                self._drop(one, record, message, decision.suppressed, now)

    def _write(self, one: Known, record: Record, notice: Notice, now: datetime) -> Iterator[Line]:
        intent = _intent(notice)
        if intent in one.written:
            return
        one.written.add(intent)
        try:
            words = self.wording.of(notice, now)
        except MissingFact as error:
            why = self._line(one, record, notice.telling, now, "suppressed", notice.party)
            self._end(
                one, notice.telling, replace(why, reason=NO_WORDS, detail=f"{error.message_id}: {error.fact}")
            )
            return
        if words.left_out:
            key = f"missing:{':'.join(one.key)}:{notice.rule}"
            detail = {"left_out": ", ".join(words.left_out)}
            missing = TaskWanted("missing_fact", key, detail, now + timedelta(days=1))
            one.tasks.setdefault(key, self._task(one, record, missing, notice.rule, notice.party))
        yield from self._count(one, record, notice, now)
        message = Message(notice, words)
        one.waiting[intent] = message
        yield from self._to_the_gate(one, message, now)

    def _count(self, one: Known, record: Record, notice: Notice, now: datetime) -> Iterator[Line]:
        """Abnormally many of one notice would be held for a person."""
        surge = self._surges.setdefault(notice.rule, _Surge())
        if found := surge.too_many(self.pinned.policy.surge, now):
            many, most = found
            line = self._line(one, record, Telling(notice.rule, ""), now, "task", None)
            yield replace(line, reason=HELD, detail=f"{many} in an hour, {most} expected at most")

    def _to_the_gate(self, one: Known, message: Message, now: datetime) -> Iterator[Line]:
        """Sent, dropped, or held back until another look."""
        notice, policy, record = message.notice, self.pinned.policy, one.record
        party = next((party for party in record.parties if party.id == notice.party.id), None)
        if party is None:
            self._drop(one, record, message, Suppressed(Reason.NO_PARTY), now)
            return
        if party.phone and notice.party.phone and party.phone != notice.party.phone:
            why = Suppressed(Reason.WRONG_NUMBER, "the record has another one now")
            self._drop(one, record, message, why, now)
            return
        linked = self.memory.linked(one)
        today = now.astimezone(policy.agency.zone).date()
        by_text = notice.channel is Channel.TEXT
        ruling = gate.rule_on(
            policy,
            notice.notice_class,
            now=now,
            expires=notice.expires,
            opted_out=False,
            subject=Subject(policy, record, party, today, calls_among(linked), cases_among(linked)),
            rule=policy.rule(notice.rule),
            channel=notice.channel,
            feed_silent=self._feed_is_silent(now),
            zone=zone_of(notice.party.phone) if by_text and self.phones_are_real else None,
        )
        if ruling.until is not None:
            self._at(ruling.until, _Gate(one.key, message.intent))
        elif ruling.verdict is gate.Verdict.SEND:
            del one.waiting[message.intent]
            one.ends[notice.telling] = None
            yield self._sent(one, record, message, now)
        else:
            assert ruling.reason is not None
            self._drop(one, record, message, Suppressed(ruling.reason, ruling.detail), now)

    def _drop(self, one: Known, record: Record, message: Message, why: Suppressed, now: datetime) -> None:
        """A dropped message keeps its reason, and what is owed becomes a person's task."""
        notice = message.notice
        del one.waiting[message.intent]
        self._surveyed.get(notice.party.phone or "", {}).pop((one.key, message.intent), None)
        line = self._line(one, record, notice.telling, now, "suppressed", notice.party, why)
        self._end(one, notice.telling, replace(line, channel=notice.channel.value))
        rule = self.pinned.policy.rule(notice.rule)
        if rule and rule.owed:
            key = f"owed:{':'.join(map(str, message.intent))}"
            task = TaskWanted("owed_notice", key, {"reason": why.reason.value}, now + rule.task_within)
            one.tasks[key] = self._task(one, record, task, notice.rule, notice.party)

    # What is told of it

    def _end(self, one: Known, telling: Telling, line: Line) -> None:
        """What was sent stays sent, whatever became of its other channel."""
        if one.ends.get(telling, line) is not None:
            one.ends[telling] = line

    def _told_of(self, one: Known) -> Iterator[Line]:
        """All of a record that was not sent, and its tasks, together."""
        record = one.record
        for message in one.waiting.values():
            line = self._line(one, record, message.notice.telling, message.notice.due, "suppressed", None)
            one.ends.setdefault(message.notice.telling, replace(line, reason=NOT_YET, detail="at the gate"))
        yield from (line for line in one.ends.values() if line is not None)
        ended = {(telling.rule, telling.occasion) for telling in one.ends}
        for what in record.happened:
            for rule in self.pinned.policy.notices:
                if rule.on is what.type and (rule.id, what.occasion) not in ended:
                    yield self._untold(one, record, rule, what)
        yield from one.tasks.values()

    def _untold(self, one: Known, record: Record, rule: NoticeRule, what: Happened) -> Line:
        """Of what the engine has no decision: nothing it was asked about is passed over."""
        telling = Telling(rule.id, "", what.occasion)
        line = self._line(one, record, telling, max(what.time, one.changed_at), "suppressed", None)
        due = [at for name, occasion, at in one.timers if (name, occasion) == (rule.id, what.occasion)]
        if due:
            return replace(line, reason=NOT_YET, detail=f"due {min(due).isoformat(timespec='minutes')}")
        if any(tells == rule.tells and occasion == what.occasion for tells, _, occasion, _ in one.written):
            return replace(line, reason=ALREADY_TOLD, detail=rule.tells)
        today = what.time.astimezone(self.pinned.policy.agency.zone).date()
        if recipients(rule, record, frozenset(), (), today):
            return replace(line, reason=Reason.STALE.value)
        nobody = "nobody is enrolled" if "enrolled" in rule.to else f"no {' or '.join(map(str, rule.to))}"
        return replace(line, reason=Reason.NO_PARTY.value, detail=nobody)

    def _no(self, one: Known, record: Record, decision: Decision, why: Suppressed, now: datetime) -> Line:
        party = next((party for party in record.parties if party.id == decision.party_id), None)
        return self._line(one, record, decision.telling, now, "suppressed", party, why)

    def _sent(self, one: Known, record: Record, message: Message, now: datetime) -> Line:
        notice, words = message.notice, message.words
        return replace(
            self._line(one, record, notice.telling, now, "sent", notice.party),
            channel=notice.channel.value,
            language=words.language,
            segments=words.segments if notice.channel is Channel.TEXT else 0,
            text=words.body,
        )

    def _open(self, one: Known, record: Record, task: TaskWanted, now: datetime) -> Iterator[Line]:
        """A task about a record may still be settled; one about a code is told at once, and once."""
        if task.kind == "owed_notice":
            party = next((one for one in record.parties if one.id == task.detail.get("party")), None)
            one.tasks.setdefault(task.key, self._task(one, record, task, task.detail["notice"], party))
        elif task.key not in self._opened:
            while self._opened and next(iter(self._opened.values())) < now - timedelta(days=3):
                del self._opened[next(iter(self._opened))]
            self._opened[task.key] = now
            yield self._task(one, record, task, "", None)

    def _task(self, one: Known, record: Record, task: TaskWanted, rule: str, party: Party | None) -> Line:
        told = {name: said for name, said in task.detail.items() if name not in _SAID_ELSEWHERE}
        line = self._line(one, record, Telling(rule, party.id if party else ""), task.due, "task", party)
        return replace(line, reason=task.kind, detail=", ".join(told.values()))

    def _line(
        self,
        one: Known,
        record: Record,
        telling: Telling,
        at: datetime,
        outcome: Outcome,
        party: Party | None,
        why: Suppressed | None = None,
    ) -> Line:
        return Line(
            at=at,
            record=one.key,
            rule=telling.rule,
            party_id=telling.party_id,
            role=party.role.value if party else "",
            occasion=telling.occasion,
            channel=None,
            outcome=outcome,
            reason=why.reason.value if why else None,
            detail=why.detail if why else "",
            language="",
            segments=0,
            text="",
            call_type=self._call_type(one, record),
        )

    def _call_type(self, one: Known, record: Record) -> str:
        if isinstance(record, Call):
            return record.type_code or ""
        types = [call.type_code for call in calls_among(self.memory.linked(one)) if call.type_code]
        return types[0] if types else ", ".join(record.offenses or ())


_SAYS_NOTHING = frozenset({"officer.name", "officer.contact"})
"""Facts that only stand in sentences."""
_RULES_OUT = frozenset(
    {
        Reason.DOMESTIC_VIOLENCE,
        Reason.HANG_UP,
        Reason.IN_PROGRESS,
        Reason.NEVER_AUTOMATED,
        Reason.NOT_ALLOWED,
        Reason.OFFICER_INITIATED,
    }
)
"""Reasons that are the call's own, not a party's, and open no task."""
_FOR_GOOD = _RULES_OUT | {None, Reason.UNKNOWN_CODE}
"""What was told is not told again; and what a type ruled out stays so, since a call keeps every type it had."""
_SAID_ELSEWHERE = frozenset({"notice", "number", "party"})


@dataclass
class _Surge:
    """How many of one notice were written, by the hour of the clock."""

    hours: dict[datetime, int] = field(default_factory=dict)
    held: datetime | None = None
    """The hour in which it was told last."""

    def too_many(self, policy: Surge, now: datetime) -> tuple[int, int] | None:
        """(how many, how many at most), once an hour."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        self.hours[hour] = many = self.hours.get(hour, 0) + 1
        while next(iter(self.hours)) < now - _LOOKS_BACK:
            del self.hours[next(iter(self.hours))]
        if many <= min(policy.at_least, policy.hourly) or self.held == hour:
            return None
        busiest = max((seen for at, seen in self.hours.items() if at < hour), default=0)
        most = most_in_an_hour(policy, busiest)
        if many <= most:
            return None
        self.held = hour
        return many, most


def _ruled_out(one: Known, outcome: Called) -> Suppressed | None:
    """Why nothing of a call can be told to anybody, if its type says so and nothing of it was told."""
    found = {decision.suppressed for decision in outcome.decisions}
    if one.key[0] != "call" or len(found) != 1 or one.decided:
        return None
    why = found.pop()
    return why if why and why.reason in _RULES_OUT else None


def _intent(notice: Notice) -> Intent:
    return notice.tells, notice.party.id, notice.occasion, notice.channel


def _by_instant(events: Iterable[Event], until: datetime) -> Iterator[tuple[datetime, list[Event]]]:
    """Events that become known at once, with the time of the clock, which never goes back."""
    now: datetime | None = None
    told: list[Event] = []
    for event in events:
        if event.time > until:
            continue
        if now is None or event.time > now:
            if now is not None:
                yield now, told
            now, told = event.time, []
        told.append(event)
    if now is not None:
        yield now, told
