"""Notices put into words, each in the language of whom it is for, and written to the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from conversations.dialogues.survey import first_question
from gateway.ground import Ground
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import agencies, languages, messages, pages, records, surveys, tasks
from gateway.store.languages import Known, Learned
from gateway.store.messages import NewMessage
from gateway.store.pages import NewPage
from gateway.store.tasks import NewTask
from locales import LANGUAGES, Link
from rules.engine import Notice
from rules.policy import Channel, PinnedPolicy
from rules.survey import PinnedSurvey

PAGE_LIVES = timedelta(days=30)
_SPOKEN = frozenset(language.code for language in LANGUAGES)


class NoSender(LookupError):
    """The agency has no number to text from. Its events wait until it has, and no other agency's do."""


def write(
    ground: Ground,
    connection: Connection,
    pinned: PinnedPolicy,
    notices: Sequence[tuple[records.Key, Notice]],
    now: datetime,
) -> dict[str, UUID]:
    """Write these notices, with their pages and with tasks for facts that are missing. Returns those that are new.

    Raises NoSender.
    """
    if not notices:
        return {}
    agency_id = pinned.policy.agency.id
    sender = agencies.sender_of(connection, agency_id)
    if sender is None:
        raise NoSender(agency_id)
    hashes = {
        phone: ground.vault.lookup(agency_id, "phone", phone)
        for phone in {notice.party.phone for _, notice in notices}
        if phone
    }
    writer = _Writer(
        ground, pinned, now, sender.id, hashes, languages.known(connection, agency_id, hashes.values())
    )
    for key, notice in notices:
        writer.write(key, notice)
    surveys.pin(connection, agency_id, writer.asked, now)
    ids = messages.add(connection, list(writer.new.values()))
    pages.add(connection, {t: page for intent, (t, page) in writer.pages.items() if intent in ids})
    languages.remember(connection, agency_id, writer.learned.values(), now)
    tasks.open_tasks(connection, writer.missing)
    return ids


@dataclass
class _Writer:
    """What there is to write, by the intent of each message."""

    ground: Ground
    pinned: PinnedPolicy
    now: datetime
    sender_id: int
    hashes: Mapping[str, bytes]
    known: Mapping[bytes, Known]
    new: dict[str, NewMessage] = field(default_factory=dict)
    pages: dict[str, tuple[str, NewPage]] = field(default_factory=dict)
    asked: list[PinnedSurvey] = field(default_factory=list)
    learned: dict[bytes, Learned] = field(default_factory=dict)
    missing: list[NewTask] = field(default_factory=list)

    def write(self, key: records.Key, notice: Notice) -> None:
        intent = intent_key(key, notice)
        if intent in self.new:
            return
        phone = notice.party.phone or ""
        to = Address(self.pinned.policy.agency.id, self.sender_id, phone, self.hashes[phone])
        language, offers = self._language(to, notice)
        survey = self.ground.surveys[notice.survey] if notice.survey else None
        words, page = self._words(key, notice, language, offers, survey)
        if page:
            self.pages[intent] = page
        if survey:
            self.asked.append(survey)
        self.missing += self._missing(words, key, notice)
        self.new[intent] = message(
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
            asks=_asks(survey) if survey else None,
        )

    def _language(self, to: Address, notice: Notice) -> tuple[str, tuple[str, ...]]:
        """The language of a notice, and those in which it tells, once, that there are others.

        What a person chose counts first, then what the feed says, then the agency's.
        """
        agency, conversation = self.pinned.policy.agency, self.pinned.policy.conversation
        known = self.known.get(to.phone_hash, Known())
        if known.language:
            return known.language, ()
        if notice.party.language in _SPOKEN:
            self.learned[to.phone_hash] = Learned(to.phone, to.phone_hash, language=notice.party.language)
            return notice.party.language, ()
        if learned := self.learned.get(to.phone_hash):
            return learned.language or agency.language, ()
        offers = tuple(code for code in conversation.offer_languages if code != agency.language)
        if offers and not known.offered:
            self.learned[to.phone_hash] = Learned(to.phone, to.phone_hash, offered=True)
            return agency.language, offers
        return agency.language, ()

    def _words(
        self,
        key: records.Key,
        notice: Notice,
        language: str,
        offers: tuple[str, ...],
        survey: PinnedSurvey | None,
    ) -> tuple[Words, tuple[str, NewPage] | None]:
        policy, facts = self.pinned.policy, dict(notice.facts)
        if survey:
            parts, wording = survey.survey.parts(0), survey.survey.wording
            return put_into_words(
                self.ground, policy, parts, language, facts, wording=wording, offers=offers
            ), None
        page = None
        if notice.page:
            token = pages.make_token()
            facts["link"] = Link(f"{self.ground.settings.public_url}/m/{token}")
            expires = self.now + PAGE_LIVES
            page = (
                token,
                NewPage(
                    policy.agency.id, *key, notice.party.id, notice.rule, "text", language, self.now, expires
                ),
            )
        return put_into_words(self.ground, policy, notice.parts, language, facts, offers=offers), page

    def _missing(self, words: Words, key: records.Key, notice: Notice) -> list[NewTask]:
        """A fact that is missing left its sentence out: someone should complete the record."""
        if not words.left_out:
            return []
        detail = {"notice": notice.rule, "number": key[1], "left_out": ", ".join(words.left_out)}
        task_key = f"missing:{key[0]}:{key[1]}:{notice.rule}"
        due = self.now + timedelta(days=1)
        return [NewTask(self.pinned.policy.agency.id, "missing_fact", task_key, detail, self.now, due)]


def _asks(pinned: PinnedSurvey) -> dict[str, object]:
    """The survey's first question, as the one that is open once this message has left."""
    return {"question": first_question(pinned.survey), "about": {"survey": pinned.hash, "index": 0}}


def intent_key(key: records.Key, notice: Notice) -> str:
    """One intent: what is told, the call or case, the party, the occasion, the channel. Never the policy's version."""
    return intent(notice.tells, key, notice.party.id, notice.occasion, notice.channel)


def intent(tells: str, key: records.Key, party_id: str, occasion: str, channel: Channel) -> str:
    return ":".join((tells, *key, party_id, occasion, channel.value))
