"""One batch of events and timers: into their records, before the rules, and into decisions, messages and tasks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.feeds import schema
from gateway.ground import Ground
from gateway.outbox import notices, owed
from gateway.outbox.intents import intent, intent_key
from gateway.store import (
    agencies,
    caps,
    contacts,
    decisions,
    feeds,
    lineage,
    records,
    surges,
    taking_back,
    tasks,
    timers,
)
from gateway.store.decisions import NewDecision
from gateway.store.tasks import NewTask
from gateway.store.timers import Timer
from rules.engine import Context, Decision, Notice, Outcome, decide
from rules.policy import NoticeClass, PinnedPolicy
from rules.records import Facts as RecordFacts
from rules.records import merge, occasion_of
from rules.suppression import Reason, Suppressed
from rules.surge import most_in_an_hour
from rules.values import Event, EventType, Record

SURVEYED_AGAIN_AFTER = timedelta(days=30)
_NEWS = frozenset[tuple[EventType, str]]


@dataclass
class Batch:
    """What the records become, and what is to be written because of it."""

    ground: Ground
    connection: Connection
    pinned: PinnedPolicy
    now: datetime
    facts: dict[records.Key, RecordFacts] = field(default_factory=dict)
    outcomes: dict[records.Key, Outcome] = field(default_factory=dict)
    caused_by: dict[records.Key, int] = field(default_factory=dict)
    """The event after which a record was asked; of a timer there is none."""

    @property
    def agency_id(self) -> str:
        return self.pinned.policy.agency.id

    def listen(self, rows: Sequence[Row[Any]], due: Sequence[Timer] = ()) -> None:
        """Merge each event into its record, in the order of arrival, and ask the rules about all that changed.

        With the whole batch merged and saved, so that a call that was reclassified a second later is not texted.
        """
        heard = [(row, schema.read(row.body, row.history)) for row in rows]
        self._note_feeds(heard)
        about = {_key(event) for _, event in heard if event.type.about}
        timed = {(timer.record_kind, timer.record_number) for timer in due}
        heirs = {("case", number) for _, event in heard for number in lineage.heirs(event)}
        self.facts = records.load(self.connection, self.agency_id, about | timed | heirs)
        news: dict[records.Key, set[tuple[EventType, str]]] = defaultdict(set)
        for row, event in heard:
            if not event.type.about:
                continue
            key = _key(event)
            self.facts[key] = merge(self.facts.get(key, {}), event)
            if not event.history:
                news[key].add((event.type, occasion_of(event)))
                self.caused_by[key] = row.id
        changed = {key: self.facts[key] for key in about}
        known = records.save(self.connection, self.ground.vault, self.agency_id, changed, self.now)
        lineage.inherit(self.connection, self.agency_id, [event for _, event in heard])
        for timer in due:
            if rule := self.pinned.policy.rule(timer.rule):
                news[timer.record_kind, timer.record_number].add((rule.on, timer.occasion))
        for key in (
            heirs & self.facts.keys()
        ):  # to whom enrolled on the old number, all that happened here is news
            news[key] |= {(what.type, what.occasion) for what in records.view(key, self.facts[key]).happened}
        asked = {key: frozenset(new) for key, new in news.items() if key in self.facts}
        known |= {key: records.view(key, self.facts[key]) for key in asked.keys() - known.keys()}
        self._decide(asked, known)
        self._cap_surveys()

    def _note_feeds(self, heard: Sequence[tuple[Row[Any], Event]]) -> None:
        sources: dict[str, bool] = {}
        for _, event in heard:
            if not event.history:
                sources[event.source] = sources.get(event.source, False) or event.type.about != "case"
        feeds.heard(self.connection, self.agency_id, sources, self.now)

    def _decide(self, news: Mapping[records.Key, _NEWS], known: Mapping[records.Key, Record]) -> None:
        linked = records.linked(self.connection, self.agency_id, [known[key] for key in news])
        cases = {number for kind, number in news if kind == "case"}
        enrolled = records.enrolled_phones(self.connection, self.agency_id, cases) if cases else {}
        speaking = contacts.parties(self.connection, self.agency_id, enrolled) if enrolled else {}
        decided = decisions.latest(self.connection, self.agency_id, news) if news else {}
        silent = self._feed_is_silent()
        for key, new in news.items():
            context = Context(
                linked[key].calls, linked_cases=linked[key].cases, decided=decided[key], news=new
            )
            context = replace(context, feed_silent=silent)
            if key[0] == "case":
                context = replace(
                    context, enrolled=enrolled.get(key[1], {}), contacts=speaking.get(key[1], ())
                )
            self.outcomes[key] = decide(self.pinned.policy, known[key], self.now, context)

    def _feed_is_silent(self) -> bool:
        last = feeds.calls_heard_at(self.connection, self.agency_id)
        return last is not None and self.now - last > self.pinned.policy.feed.silent_after

    def _cap_surveys(self) -> None:
        """Nobody is asked twice in a month, however often they call: of two in this batch the first is sent."""
        asked = [
            (key, notice)
            for key, outcome in self.outcomes.items()
            for notice in outcome.notices
            if notice.notice_class is NoticeClass.SURVEY
        ]
        if not asked:
            return
        hashes = [self._hash_of(notice) for _, notice in asked]
        since = self.now - SURVEYED_AGAIN_AFTER
        surveyed = caps.surveyed_since(self.connection, self.agency_id, hashes, since)
        for (key, notice), phone_hash in zip(asked, hashes, strict=True):
            same = intent_key(key, notice)
            if surveyed.setdefault(phone_hash, set()) - {same}:
                self.outcomes[key] = self.outcomes[key].without(notice, Suppressed(Reason.SURVEY_CAP))
            surveyed[phone_hash].add(same)

    def _hash_of(self, notice: Notice) -> bytes:
        return self.ground.vault.lookup(self.agency_id, "phone", notice.party.phone or "")

    def write_down(self) -> int:
        """Messages, timers, decisions and tasks. Returns how many messages are new."""
        self._set_timers()
        if not any(outcome.decisions or outcome.canceled for outcome in self.outcomes.values()):
            return 0
        agencies.pin_policy(self.connection, self.agency_id, self.pinned.hash, self.pinned.source, self.now)
        called_for = [(key, notice) for key, outcome in self.outcomes.items() for notice in outcome.notices]
        ids = notices.write(self.ground, self.connection, self.pinned, called_for, self.now)
        self._hold_surges(called_for, ids)
        self._keep_decisions(ids)
        self._take_back()
        wanted = [
            NewTask(self.agency_id, task.kind, task.key, task.detail, self.now, task.due)
            for outcome in self.outcomes.values()
            for task in outcome.tasks
        ]
        tasks.open_tasks(self.connection, wanted)
        if settled := [key for outcome in self.outcomes.values() for key in outcome.settled]:
            tasks.settle(self.connection, self.agency_id, settled, self.now)
        return len(ids)

    def _set_timers(self) -> None:
        timers.set_all(
            self.connection,
            [
                Timer(self.agency_id, *key, wanted.rule, wanted.occasion, wanted.due)
                for key, outcome in self.outcomes.items()
                for wanted in outcome.timers
            ],
        )

    def _hold_surges(self, called_for: Sequence[tuple[records.Key, Notice]], ids: Mapping[str, UUID]) -> None:
        """Notices of which there are abnormally many wait for a person; docs/adr/0009."""
        written = Counter(notice.rule for key, notice in called_for if intent_key(key, notice) in ids)
        surge = self.pinned.policy.surge
        counted = surges.count(self.connection, self.agency_id, written, self.now)
        many = {notice: seen for notice, seen in counted.items() if seen > min(surge.at_least, surge.hourly)}
        if not many:
            return
        busiest = surges.busiest_hours(self.connection, self.agency_id, list(many), self.now)
        for notice, seen in many.items():
            most = most_in_an_hour(surge, busiest.get(notice, 0))
            if seen > most and surges.begin(self.connection, self.agency_id, notice, seen, most, self.now):
                detail = {"notice": notice, "seen": str(seen), "usual": str(most)}
                key = surges.task_key(notice, self.now)
                task = NewTask(self.agency_id, "surge", key, detail, self.now, self.now, urgent=True)
                tasks.open_tasks(self.connection, [task])

    def _take_back(self) -> None:
        """What should not go out any more and has not left yet; what is owed becomes a person's."""
        against = {
            same: decision
            for key, outcome in self.outcomes.items()
            for decision in outcome.canceled
            for same in self._intents(key, decision)
        }
        reasons = {
            same: decision.suppressed.reason.value
            for same, decision in against.items()
            if decision.suppressed
        }
        canceled = taking_back.take_back(self.connection, self.agency_id, reasons)
        decisions.keep(
            self.connection,
            [
                self._decision(
                    (row.record_kind, row.record_number), against[row.intent_key], message_id=row.id
                )
                for row in canceled
            ],
        )
        left = [(row, row.reason) for row in canceled]
        owed.open_tasks(self.connection, self.ground.policies, left, self.now)

    def _intents(self, key: records.Key, decision: Decision) -> list[str]:
        rule = self.pinned.policy.rule(decision.rule)
        assert rule is not None
        return [intent(rule.tells, key, decision.party_id, decision.occasion, channel) for channel in rule.by]

    def _keep_decisions(self, ids: Mapping[str, UUID]) -> None:
        new = []
        for key, outcome in self.outcomes.items():
            written = {(n.telling, n.channel): ids.get(intent_key(key, n)) for n in outcome.notices}
            new += [
                self._decision(key, one, message_id=one.channel and written.get((one.telling, one.channel)))
                for one in outcome.decisions
            ]
        decisions.keep(self.connection, new)

    def _decision(self, key: records.Key, one: Decision, message_id: UUID | None) -> NewDecision:
        why = one.suppressed
        return NewDecision(
            agency_id=self.agency_id,
            rule=one.rule,
            record_kind=key[0],
            record_number=key[1],
            party_id=one.party_id,
            occasion=one.occasion,
            channel=one.channel and one.channel.value,
            outcome="suppressed" if why else "notice",
            reason=why.reason.value if why else None,
            detail=why.detail if why else None,
            policy_hash=self.pinned.hash,
            at=self.now,
            event_id=self.caused_by.get(key),
            message_id=message_id,
        )


def _key(event: Event) -> records.Key:
    return event.type.about or "", event.subject
