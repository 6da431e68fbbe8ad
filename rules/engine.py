"""Something happened to a call or a case: who is to be told what, who is not and why, and what a person must do.

The whole record is asked each time it changes (docs/adr/0007): the answer is what should be so now, whatever the order
in which events came. The gateway writes the difference to what was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from locales import Fact
from rules.facts import condition_values, facts_of
from rules.offenses import offenses
from rules.policy_keys import TOPIC_OF, Channel, NoticeClass, NoticeRule, Policy
from rules.recipients import recipients
from rules.study import group_of
from rules.suppression import Reason, Subject, Suppressed, overtaken, ways, why_nobody
from rules.values import Call, Case, EventType, Happened, Party, Record


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one party: the rule, the party on the record, the occasion."""

    rule: str
    party_id: str
    """Empty where the record names nobody who could be told."""
    occasion: str = ""
    """Tells two of one rule on one record apart: the arrest, say. Empty where there can be only one."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that the policy calls for, to one party on one channel."""

    rule: str
    tells: str
    """The same for all rules that tell the same thing."""
    party: Party
    channel: Channel
    parts: tuple[str, ...]
    facts: Mapping[str, Fact]
    notice_class: NoticeClass
    due: datetime
    expires: datetime
    occasion: str
    survey: str | None
    """The id of the survey whose first question it asks; it has no parts of its own then."""
    page: bool
    """True where a part holds `{link}`: the gateway makes the page and fills it in."""

    @property
    def telling(self) -> Telling:
        return Telling(self.rule, self.party.id, self.occasion)


@dataclass(frozen=True, slots=True)
class Decision:
    """Why one party is told, or is not. Kept for ever beside the message."""

    rule: str
    party_id: str
    suppressed: Suppressed | None = None
    occasion: str = ""
    channel: Channel | None = None
    """Of a notice: on which channel."""

    @property
    def telling(self) -> Telling:
        return Telling(self.rule, self.party_id, self.occasion)


@dataclass(frozen=True, slots=True)
class TaskWanted:
    """Something that only a person can do.

    `key` makes it one task, however often it is asked for; how often is its count.
    """

    kind: str
    key: str
    detail: Mapping[str, str]
    due: datetime


@dataclass(frozen=True, slots=True)
class TimerWanted:
    """To look at the record again then: a notice of it is due only at that time."""

    rule: str
    occasion: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a record calls for, beside what was told of it before."""

    notices: tuple[Notice, ...] = ()
    decisions: tuple[Decision, ...] = ()
    tasks: tuple[TaskWanted, ...] = ()
    timers: tuple[TimerWanted, ...] = ()
    canceled: tuple[Decision, ...] = ()
    """What was told to go out and should not any more: it stays in if it has not left."""
    settled: tuple[str, ...] = ()
    """Keys of tasks that stood for what can be told now."""

    def without(self, notice: Notice, why: Suppressed) -> Outcome:
        """The same, with a reason in the place of one notice."""
        return replace(
            self,
            notices=tuple(one for one in self.notices if one is not notice),
            decisions=tuple(
                replace(one, suppressed=why, channel=None) if one.telling == notice.telling else one
                for one in self.decisions
            ),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What the gateway knows beside the record."""

    linked_calls: tuple[Call, ...] = ()
    """Of a case: the calls that led to it."""
    enrolled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Topic (`policy.TOPIC_OF`) -> phones enrolled for it on this case."""
    linked_cases: tuple[Case, ...] = ()
    """Of a call: the cases that came of it."""
    contacts: tuple[Party, ...] = ()
    """Of a case: whom it does not name but who proved to speak for a victim of it, as representatives."""
    decided: Mapping[Telling, Reason | None] = field(default_factory=dict)
    """What was decided last: None where it was told, else the reason why it was not."""
    news: frozenset[tuple[EventType, str]] | None = None
    """(type, occasion) of what is asked about for the first time, None for all of it. Of anything older no notice is
    called stale: it was decided in its time, or by a policy that had no such rule."""
    feed_silent: bool = False
    """Whether the dispatch system has not been heard of for too long: what has not happened is not known then."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One rule, asked about one thing that happened."""

    policy: Policy
    rule: NoticeRule
    what: Happened
    record: Record
    now: datetime
    today: date
    """The date where the agency is."""
    context: Context
    subjects: dict[Party, Subject]
    """What was looked at already, for another rule."""

    @property
    def happened(self) -> datetime:
        """Nothing can have happened after it was told: a feed whose clock is ahead does not delay its notices."""
        return min(self.what.time, self.now)

    @property
    def due(self) -> datetime:
        return self.happened + self.rule.delay

    @property
    def is_news(self) -> bool:
        news = self.context.news
        return news is None or (self.what.type, self.what.occasion) in news

    def telling(self, party_id: str) -> Telling:
        return Telling(self.rule.id, party_id, self.what.occasion)

    def told(self, party_id: str) -> bool:
        """Whether this party was told this, by this rule or by another that tells the same."""
        return any(
            self.context.decided.get(Telling(rule.id, party_id, self.what.occasion), _NEVER) is None
            for rule in self.policy.telling(self.rule.tells)
        )

    def subject(self, party: Party) -> Subject:
        if party not in self.subjects:
            calls, cases = self.context.linked_calls, self.context.linked_cases
            self.subjects[party] = Subject(self.policy, self.record, party, self.today, calls, cases)
        return self.subjects[party]


_NEVER = object()


@dataclass
class _Heard:
    """What comes of it, while it is found out."""

    notices: list[Notice] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    tasks: dict[str, TaskWanted] = field(default_factory=dict)
    timers: list[TimerWanted] = field(default_factory=list)
    canceled: list[Decision] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    told_now: set[tuple[str, str, str]] = field(default_factory=set)
    """(what it tells, party, occasion): two rules that tell the same can be due at once."""
    reached: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(what it tells, occasion) -> where it went: one number or address is told once, whoever it stands for and
    whichever rule told it."""


def decide(policy: Policy, record: Record, now: datetime, context: Context) -> Outcome:
    """What the policy calls for, given all that happened to `record`. `now` is aware, in UTC."""
    heard = _Heard()
    today = now.astimezone(policy.agency.zone).date()
    subjects: dict[Party, Subject] = {}
    for what in record.happened:
        for rule in policy.notices:
            if rule.on is what.type:
                _ask(_Asked(policy, rule, what, record, now, today, context, subjects), heard)
    return Outcome(
        tuple(heard.notices),
        tuple(heard.decisions),
        tuple(heard.tasks.values()),
        tuple(heard.timers),
        tuple(heard.canceled),
        tuple(heard.settled),
    )


def _ask(asked: _Asked, heard: _Heard) -> None:
    if asked.due > asked.now:
        heard.timers.append(TimerWanted(asked.rule.id, asked.what.occasion, asked.due))
        return
    parties = _parties(asked)
    reached = heard.reached.setdefault((asked.rule.tells, asked.what.occasion), set())
    for party in parties:
        if asked.told(party.id):
            reached |= _places(party)
            _perhaps_cancel(asked, party, heard)
    for party in parties:
        if not asked.told(party.id):
            _tell(asked, party, reached, heard)
    if not parties and _somebody_must_be_told(asked):
        _keep(asked, "", Suppressed(Reason.NO_PARTY), heard)


def _parties(asked: _Asked) -> tuple[Party, ...]:
    """Whom the rule speaks of. Who enrolled is told of what is news then, and not of what was before they asked."""
    enrolled = asked.context.enrolled.get(TOPIC_OF.get(asked.what.type, ""), frozenset())
    everybody = recipients(asked.rule, asked.record, enrolled, asked.context.contacts, asked.today)
    if asked.is_news or not enrolled:
        return everybody
    unasked = recipients(asked.rule, asked.record, frozenset(), asked.context.contacts, asked.today)
    decided = asked.context.decided
    return tuple(one for one in everybody if one in unasked or asked.telling(one.id) in decided)


def _places(party: Party) -> set[str]:
    return {place for place in (party.phone, party.email) if place}


def _tell(asked: _Asked, party: Party, reached: set[str], heard: _Heard) -> None:
    found = _ways_now(asked, party)
    if not isinstance(found, Suppressed):
        same = (asked.rule.tells, party.id, asked.what.occasion)
        places = {_place(party, channel) for channel in found}
        if same in heard.told_now or places & reached:
            found = Suppressed(Reason.SAME_NUMBER)
        else:
            heard.told_now.add(same)
            reached |= places
    if isinstance(found, Suppressed):
        _keep(asked, party.id, found, heard)
        return
    for channel in found:
        heard.notices.append(_notice(asked, party, channel))
        heard.decisions.append(Decision(asked.rule.id, party.id, None, asked.what.occasion, channel))
    heard.settled += [
        _owed_key(asked, party_id)
        for party_id in (party.id, "")
        if asked.rule.owed and asked.telling(party_id) in asked.context.decided
    ]


def _place(party: Party, channel: Channel) -> str:
    if channel is Channel.TEXT:
        return party.phone or ""
    return (party.email or "") if channel is Channel.EMAIL else "\n".join(party.address)


def _keep(asked: _Asked, party_id: str, why: Suppressed, heard: _Heard) -> None:
    """A reason, unless it is the one kept before, or only that time went by; and the task, the first time."""
    before = asked.context.decided.get(asked.telling(party_id), _NEVER)
    if before is why.reason or (why.reason is Reason.STALE and (before is not _NEVER or not asked.is_news)):
        return
    heard.decisions.append(Decision(asked.rule.id, party_id, why, asked.what.occasion))
    if before in {_NEVER, Reason.SAME_NUMBER} and (task := _task(asked, party_id, why)):
        heard.tasks[task.key] = task


def _perhaps_cancel(asked: _Asked, party: Party, heard: _Heard) -> None:
    """What is about the person or the case and speaks against it now; that time went by does not."""
    subject = asked.subject(party)
    if found := why_nobody(subject) or overtaken(asked.record, asked.rule.on, asked.rule.until):
        heard.canceled.append(Decision(asked.rule.id, party.id, found, asked.what.occasion))


def _ways_now(asked: _Asked, party: Party) -> tuple[Channel, ...] | Suppressed:
    rule = asked.rule
    if asked.now - asked.what.time >= rule.expires:
        return Suppressed(Reason.STALE)
    found = ways(asked.subject(party), rule.by, together=rule.together)
    if isinstance(found, Suppressed):
        return found
    return next(_against(asked, party), None) or found


def _against(asked: _Asked, party: Party) -> Iterator[Suppressed]:
    """What speaks against it beside the checks of `suppression`, in the order in which it is told."""
    rule, record = asked.rule, asked.record
    if found := overtaken(record, rule.on, rule.until) or _no_more_so(asked.what, record):
        yield found
    if rule.until and asked.context.feed_silent:
        yield Suppressed(Reason.FEED_SILENT)
    if rule.when is not None and not rule.when.holds(condition_values(asked.what, record, party)):
        yield Suppressed(Reason.CONDITION, rule.when.source)
    if rule.study and isinstance(record, Case):
        day = asked.happened.astimezone(asked.policy.agency.zone).date()
        if group_of(asked.policy, record, day) == "B":
            yield Suppressed(Reason.STUDY, "group B")


def _no_more_so(what: Happened, record: Record) -> Suppressed | None:
    """Whether the case has got another status or another detective since: the sentence would tell that one, twice."""
    if not isinstance(record, Case):
        return None
    tells = _TELLS_WHAT_IS_SO_NOW.get(what.type)
    if tells is None or getattr(record, tells) == (what.occasion or None):
        return None
    return Suppressed(Reason.OVERTAKEN, (record.status or "") if tells == "status" else "")


_TELLS_WHAT_IS_SO_NOW: Mapping[EventType, str] = {
    EventType.CASE_ASSIGNED: "assigned_to",
    EventType.CASE_STATUS_CHANGED: "status",
    EventType.CASE_CLOSED: "status",
}
"""Which fact of the case an event's sentence tells: its newest, not the one of the day."""


def _somebody_must_be_told(asked: _Asked) -> bool:
    """Whether an owed notice found nobody on the record though the offense has a victim, as far as one knows."""
    if not asked.rule.owed or not isinstance(asked.record, Case):
        return False
    known = [offenses().get(code) for code in asked.record.offenses or ()]
    return not known or any(offense is None or offense.crime_against != "society" for offense in known)


def _notice(asked: _Asked, party: Party, channel: Channel) -> Notice:
    rule = asked.rule
    return Notice(
        rule=rule.id,
        tells=rule.tells,
        party=party,
        channel=channel,
        parts=rule.message,
        facts=facts_of(asked.policy, asked.record),
        notice_class=rule.notice_class,
        due=asked.due,
        expires=asked.happened + rule.expires,
        occasion=asked.what.occasion,
        survey=rule.survey,
        page=rule.page,
    )


def _task(asked: _Asked, party_id: str, suppressed: Suppressed) -> TaskWanted | None:
    """What a person must do about a notice that is not sent; nothing about a number told already."""
    if suppressed.reason is Reason.SAME_NUMBER:
        return None
    if asked.rule.owed:
        return _owed(asked, party_id, suppressed)
    if suppressed.reason is Reason.UNKNOWN_CODE:
        return _unknown_code(asked, suppressed.detail)
    return None


def _owed_key(asked: _Asked, party_id: str) -> str:
    return f"owed:{asked.rule.id}:{asked.record.number}:{party_id}:{asked.what.occasion}"


def _owed(asked: _Asked, party_id: str, suppressed: Suppressed) -> TaskWanted:
    return TaskWanted(
        kind="owed_notice",
        key=_owed_key(asked, party_id),
        detail={
            "notice": asked.rule.id,
            "number": asked.record.number,
            "party": party_id,
            "reason": suppressed.reason.value,
        },
        due=asked.now + asked.rule.task_within,
    )


def _unknown_code(asked: _Asked, code: str) -> TaskWanted:
    day = asked.today.isoformat()
    return TaskWanted(
        kind="unknown_code",
        key=f"unknown:{code}:{day}",
        detail={"code": code, "day": day},
        due=asked.now + asked.rule.task_within,
    )
