"""One batch of events on its way: into their records, before the rules, and into decisions, messages and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from conversations.effects import Topic
from gateway.feeds import notices, schema
from gateway.feeds.notices import intent_key
from gateway.ground import Ground
from gateway.store import agencies, caps, contacts, decisions, records, tasks
from gateway.store.decisions import NewDecision
from gateway.store.tasks import NewTask
from rules.engine import Context, Notice, Outcome, decide
from rules.policy import TOPIC_OF, NoticeClass, PinnedPolicy
from rules.records import Facts as RecordFacts
from rules.records import merge
from rules.suppression import Reason, Suppressed
from rules.values import Event

SURVEYED_AGAIN_AFTER = timedelta(days=30)


@dataclass
class Batch:
    """What the records become, and what is to be written because of it."""

    ground: Ground
    connection: Connection
    pinned: PinnedPolicy
    now: datetime
    facts: dict[records.Key, RecordFacts] = field(default_factory=dict)
    changed: set[records.Key] = field(default_factory=set)
    outcomes: list[tuple[Row[Any], records.Key, Outcome]] = field(default_factory=list)

    @property
    def agency_id(self) -> str:
        return self.pinned.policy.agency.id

    def listen(self, batch: Sequence[Row[Any]]) -> None:
        """Merge each event into its record, in the order of arrival, and ask the rules."""
        heard = [(row, schema.read(row.body, row.history)) for row in batch]
        keys = {(event.type.about, event.subject) for _, event in heard if event.type.about}
        self.facts = records.load(self.connection, self.agency_id, keys)
        for _, event in heard:
            if event.type.about:
                key = (event.type.about, event.subject)
                self.facts[key] = merge(self.facts.get(key, {}), event)
                self.changed.add(key)
        changed = {key: self.facts[key] for key in self.changed}
        records.save(self.connection, self.ground.vault, self.agency_id, changed, self.now)
        self._decide(heard)
        self._cap_surveys()

    def _decide(self, heard: Sequence[tuple[Row[Any], Event]]) -> None:
        """With the whole batch merged and saved, so that a call that was reclassified a second later is not texted."""
        fresh = [(row, event) for row, event in heard if event.type.about and not event.history]
        keys = {(event.type.about or "", event.subject) for _, event in fresh}
        known = {key: records.view(key, self.facts[key]) for key in keys}
        linked = records.linked(self.connection, self.agency_id, known.values())
        news = {event.subject for _, event in fresh if event.type in TOPIC_OF}
        enrolled = records.enrolled_phones(self.connection, self.agency_id, news) if news else {}
        speaking = contacts.parties(self.connection, self.agency_id, enrolled) if enrolled else {}
        for row, event in fresh:
            key = (event.type.about or "", event.subject)
            context = Context(linked[key].calls, linked_cases=linked[key].cases)
            if event.type in TOPIC_OF:
                phones = enrolled.get(event.subject, {}).get(Topic(TOPIC_OF[event.type]), frozenset())
                context = replace(context, enrolled=phones, contacts=speaking.get(event.subject, ()))
            self.outcomes.append((row, key, decide(self.pinned.policy, event, known[key], self.now, context)))

    def _cap_surveys(self) -> None:
        """Nobody is asked twice in a month, however often they call: of two in this batch the first is sent."""
        asked = [
            (place, key, notice)
            for place, (_, key, outcome) in enumerate(self.outcomes)
            for notice in outcome.notices
            if notice.notice_class is NoticeClass.SURVEY
        ]
        if not asked:
            return
        hashes = [self._hash_of(notice) for _, _, notice in asked]
        since = self.now - SURVEYED_AGAIN_AFTER
        surveyed = caps.surveyed_since(self.connection, self.agency_id, hashes, since)
        for (place, key, notice), phone_hash in zip(asked, hashes, strict=True):
            same = intent_key(key, notice)
            if surveyed.setdefault(phone_hash, set()) - {same}:
                row, _, outcome = self.outcomes[place]
                self.outcomes[place] = row, key, outcome.without(notice, Suppressed(Reason.SURVEY_CAP))
            surveyed[phone_hash].add(same)

    def _hash_of(self, notice: Notice) -> bytes:
        return self.ground.vault.lookup(self.agency_id, "phone", notice.party.phone or "")

    def write_down(self) -> int:
        """Messages, decisions and tasks. Returns how many messages are new."""
        if not any(outcome.decisions for _, _, outcome in self.outcomes):
            return 0
        agencies.pin_policy(self.connection, self.agency_id, self.pinned.hash, self.pinned.source, self.now)
        called_for = [(key, notice) for _, key, outcome in self.outcomes for notice in outcome.notices]
        ids = notices.write(self.ground, self.connection, self.pinned, called_for, self.now)
        self._keep_decisions(ids)
        wanted = [
            NewTask(self.agency_id, task.kind, task.key, task.detail, self.now, task.due)
            for _, _, outcome in self.outcomes
            for task in outcome.tasks
        ]
        tasks.open_tasks(self.connection, wanted)
        return len(ids)

    def _keep_decisions(self, ids: dict[str, UUID]) -> None:
        new = []
        for row, key, outcome in self.outcomes:
            intents = {(n.rule, n.party.id): intent_key(key, n) for n in outcome.notices}
            for decision in outcome.decisions:
                why = decision.suppressed
                new.append(
                    NewDecision(
                        agency_id=self.agency_id,
                        rule=decision.rule,
                        record_kind=key[0],
                        record_number=key[1],
                        party_id=decision.party_id,
                        outcome="suppressed" if why else "notice",
                        reason=why.reason.value if why else None,
                        detail=why.detail if why else None,
                        policy_hash=self.pinned.hash,
                        at=self.now,
                        event_id=row.id,
                        message_id=ids.get(intents.get((decision.rule, decision.party_id), "")),
                    )
                )
        decisions.keep(self.connection, new)
