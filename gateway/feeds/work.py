"""Events become part of their records, and the rules are asked what each calls for. One transaction a batch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from gateway import wake
from gateway.feeds import schema
from gateway.ground import Ground, NoPolicy
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import agencies, conversations, decisions, events, messages, pages, records, tasks
from gateway.store.conversations import Spoken
from gateway.store.decisions import NewDecision
from gateway.store.messages import NewMessage
from gateway.store.pages import NewPage
from gateway.store.tasks import NewTask
from locales import Link
from rules.engine import Context, Notice, Outcome, decide
from rules.policy import PinnedPolicy
from rules.records import Facts as RecordFacts
from rules.records import merge
from rules.values import Event

log = logging.getLogger(__name__)

BATCH = 200
PAGE_LIVES = timedelta(days=30)
_NOT_THE_EVENTS_FAULT = (OperationalError, ProgrammingError, InterfaceError)
"""The database is away or behind: no event is to be set aside for that, they wait."""


def work_off(ground: Ground, may_go_on: Callable[[], bool]) -> bool:
    """Work on new events, agency by agency, until there are none. True if work may be left."""
    wrote = False
    more = True
    while more and may_go_on():
        with ground.database.connect() as connection:
            waiting = events.agencies_with_new(connection)
        more = False
        for agency_id in waiting:
            worked = work_batch(ground, agency_id)
            wrote = wrote or worked.messages > 0
            more = more or worked.events > 0
    if wrote:
        ground.waker.wake(wake.OUTBOX)
    return more


class NoSender(LookupError):
    """The agency has no number to text from. Its events wait until it has, and no other agency's do."""


@dataclass(frozen=True, slots=True)
class Worked:
    """How much one batch was."""

    events: int
    messages: int


def work_batch(ground: Ground, agency_id: str) -> Worked:
    """One batch of one agency. An event that breaks it is found by working one by one, and set aside."""
    try:
        return _work(ground, agency_id, BATCH)
    except _NOT_THE_EVENTS_FAULT:
        raise
    except (NoPolicy, NoSender) as error:
        log.error("an agency's events wait", extra={"agency": agency_id, "error": type(error).__name__})
        return Worked(0, 0)
    except Exception:
        log.exception("a batch of events failed; going on one by one", extra={"agency": agency_id})
    try:
        return _work(ground, agency_id, 1)
    except _NOT_THE_EVENTS_FAULT:
        raise
    except Exception as error:
        log.exception("an event can't be worked on", extra={"agency": agency_id})
        return _set_aside(ground, agency_id, type(error).__name__)


def _set_aside(ground: Ground, agency_id: str, error: str) -> Worked:
    now = ground.clock()
    with ground.database.begin() as connection:
        if not events.take_turn(connection, agency_id):
            return Worked(0, 0)
        for row in events.next_batch(connection, agency_id, 1):
            events.fail(connection, row.id, error)
            detail = {"event": str(row.id), "error": error}
            task = NewTask(agency_id, "event_failed", f"event:{row.id}", detail, now, now, urgent=True)
            tasks.open_tasks(connection, [task])
    return Worked(1, 0)


def _work(ground: Ground, agency_id: str, most: int) -> Worked:
    now = ground.clock()
    with ground.database.begin() as connection:
        if not events.take_turn(connection, agency_id):
            return Worked(0, 0)
        batch = events.next_batch(connection, agency_id, most)
        if not batch:
            return Worked(0, 0)
        told = _Told(ground, connection, ground.policies.of(agency_id), now)
        told.listen(batch)
        written = told.write_down()
        events.finish(connection, [row.id for row in batch])
    return Worked(len(batch), written)


@dataclass
class _Told:
    """One batch on its way: what the records become, and what is to be written because of it."""

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

    def _decide(self, heard: Sequence[tuple[Row[Any], Event]]) -> None:
        """With the whole batch merged and saved, so that a call that was reclassified a second later is not texted."""
        fresh = [(row, event) for row, event in heard if event.type.about and not event.history]
        keys = {(event.type.about or "", event.subject) for _, event in fresh}
        known = {key: records.view(key, self.facts[key]) for key in keys}
        linked = records.linked(self.connection, self.agency_id, known.values())
        numbers = [number for kind, number in known if kind == "case"]
        enrolled = records.enrolled_phones(self.connection, self.agency_id, numbers)
        for row, event in fresh:
            key = (event.type.about or "", event.subject)
            context = Context(linked[key].calls, enrolled.get(event.subject, frozenset()), linked[key].cases)
            self.outcomes.append((row, key, decide(self.pinned.policy, event, known[key], self.now, context)))

    def write_down(self) -> int:
        """Messages, decisions and tasks. Returns how many messages are new."""
        if not any(outcome.decisions for _, _, outcome in self.outcomes):
            return 0
        agencies.pin_policy(self.connection, self.agency_id, self.pinned.hash, self.pinned.source, self.now)
        ids = self._write_messages()
        self._keep_decisions(ids)
        wanted = [
            NewTask(self.agency_id, task.kind, task.key, task.detail, self.now, task.due)
            for _, _, outcome in self.outcomes
            for task in outcome.tasks
        ]
        tasks.open_tasks(self.connection, wanted)
        return len(ids)

    def _write_messages(self) -> dict[str, Any]:
        notices = [(key, notice) for _, key, outcome in self.outcomes for notice in outcome.notices]
        if not notices:
            return {}
        sender = agencies.sender_of(self.connection, self.agency_id)
        if sender is None:
            raise NoSender(self.agency_id)
        hashes = {
            notice.party.phone: self.ground.vault.lookup(self.agency_id, "phone", notice.party.phone)
            for _, notice in notices
            if notice.party.phone
        }
        languages = conversations.chosen_languages(self.connection, self.agency_id, list(hashes.values()))
        new: list[NewMessage] = []
        new_pages: dict[str, tuple[str, NewPage]] = {}
        missing: list[NewTask] = []
        for key, notice in notices:
            phone = notice.party.phone or ""
            to = Address(self.agency_id, sender.id, phone, hashes[phone])
            language = (
                languages.get(to.phone_hash) or notice.party.language or self.pinned.policy.agency.language
            )
            words, page = self._words(key, notice, language)
            intent = intent_key(key, notice)
            new.append(self._message(words, to, key, notice, intent))
            if page:
                new_pages[intent] = page
            missing += self._missing(words, key, notice)
        spoken = [
            Spoken(one.phone, one.phone_hash, one.language) for one in new if one.phone_hash not in languages
        ]
        conversations.remember_languages(self.connection, self.agency_id, spoken, self.now)
        ids = messages.add(self.connection, list({one.intent_key: one for one in new}.values()))
        pages.add(self.connection, {t: page for intent, (t, page) in new_pages.items() if intent in ids})
        tasks.open_tasks(self.connection, missing)
        return ids

    def _words(
        self, key: records.Key, notice: Notice, language: str
    ) -> tuple[Words, tuple[str, NewPage] | None]:
        facts = dict(notice.facts)
        page = None
        if notice.page:
            token = pages.make_token()
            facts["link"] = Link(f"{self.ground.settings.public_url}/m/{token}")
            expires = self.now + PAGE_LIVES
            page = (
                token,
                NewPage(self.agency_id, key[1], notice.party.id, notice.rule, language, self.now, expires),
            )
        return put_into_words(self.ground, self.pinned.policy, notice.parts, language, facts), page

    def _message(
        self, words: Words, to: Address, key: records.Key, notice: Notice, intent: str
    ) -> NewMessage:
        return message(
            words,
            to,
            intent_key=intent,
            notice=notice.rule,
            notice_class=notice.notice_class.value,
            due_at=notice.due,
            now=self.now,
            expires_at=notice.expires,
            record=key,
            party_id=notice.party.id,
            policy_hash=self.pinned.hash,
        )

    def _missing(self, words: Words, key: records.Key, notice: Notice) -> list[NewTask]:
        """A fact that is missing left its sentence out: someone should complete the record."""
        if not words.left_out:
            return []
        detail = {"notice": notice.rule, "number": key[1], "left_out": ", ".join(words.left_out)}
        task_key = f"missing:{key[0]}:{key[1]}:{notice.rule}"
        due = self.now + timedelta(days=1)
        return [NewTask(self.agency_id, "missing_fact", task_key, detail, self.now, due)]

    def _keep_decisions(self, ids: dict[str, Any]) -> None:
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


def intent_key(key: records.Key, notice: Notice) -> str:
    """One intent: the notice, the call or case, the party, the occasion, the channel. Never the policy's version."""
    return ":".join((notice.rule, *key, notice.party.id, notice.occasion, "text"))
