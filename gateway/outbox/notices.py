"""Notices put into words, each in the language of whom it is for, and written: texts, emails and letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from conversations.dialogues.survey import first_question
from gateway.ground import Ground
from gateway.outbox.intents import intent_key
from gateway.outbox.mail.writing import email
from gateway.outbox.post.writing import letter
from gateway.outbox.saying import Voice
from gateway.outbox.writing import Address, Words, message, put_into_words
from gateway.store import agencies, emails, languages, letters, messages, pages, records, surveys, tasks
from gateway.store.emails import NewEmail
from gateway.store.languages import Known, Learned
from gateway.store.letters import NewLetter
from gateway.store.messages import NewMessage
from gateway.store.pages import NewPage
from gateway.store.tasks import NewTask
from locales import LANGUAGES, Fact, Link
from rules.engine import Notice
from rules.policy import Channel, PinnedPolicy
from rules.survey import PinnedSurvey
from rules.values import Record

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

    Raises NoSender, if one of them is a text.
    """
    if not notices:
        return {}
    writer = _writer(ground, connection, pinned, notices, now)
    for key, notice in notices:
        writer.write(key, notice)
    surveys.pin(connection, pinned.policy.agency.id, writer.asked, now)
    ids = messages.add(connection, list(writer.texts.values()))
    ids |= emails.add(connection, list(writer.emails.values()))
    ids |= letters.add(connection, list(writer.letters.values()))
    pages.add(connection, {t: page for intent, (t, page) in writer.pages.items() if intent in ids})
    languages.remember(connection, pinned.policy.agency.id, writer.learned.values(), now)
    tasks.open_tasks(connection, writer.missing)
    return ids


def _writer(
    ground: Ground,
    connection: Connection,
    pinned: PinnedPolicy,
    notices: Sequence[tuple[records.Key, Notice]],
    now: datetime,
) -> _Writer:
    agency_id = pinned.policy.agency.id
    sender = agencies.sender_of(connection, agency_id)
    if sender is None and any(notice.channel is Channel.TEXT for _, notice in notices):
        raise NoSender(agency_id)
    hashes = {
        phone: ground.vault.lookup(agency_id, "phone", phone)
        for phone in {notice.party.phone for _, notice in notices}
        if phone
    }
    by_letter = {key for key, notice in notices if notice.channel is Channel.LETTER}
    found = records.load(connection, agency_id, by_letter) if by_letter else {}
    return _Writer(
        ground,
        pinned,
        now,
        sender.id if sender else 0,
        hashes,
        languages.known(connection, agency_id, hashes.values()),
        {key: records.view(key, facts) for key, facts in found.items()},
    )


@dataclass
class _Writer:
    """What there is to write, by its intent."""

    ground: Ground
    pinned: PinnedPolicy
    now: datetime
    sender_id: int
    hashes: Mapping[str, bytes]
    known: Mapping[bytes, Known]
    about: Mapping[records.Key, Record]
    """The records of letters only."""
    texts: dict[str, NewMessage] = field(default_factory=dict)
    emails: dict[str, NewEmail] = field(default_factory=dict)
    letters: dict[str, NewLetter] = field(default_factory=dict)
    pages: dict[str, tuple[str, NewPage]] = field(default_factory=dict)
    asked: list[PinnedSurvey] = field(default_factory=list)
    learned: dict[bytes, Learned] = field(default_factory=dict)
    missing: list[NewTask] = field(default_factory=list)

    def write(self, key: records.Key, notice: Notice) -> None:
        intent = intent_key(key, notice)
        if intent in self.texts or intent in self.emails or intent in self.letters:
            return
        if notice.channel is Channel.TEXT:
            self._text(intent, key, notice)
        else:
            self._at_length(intent, key, notice)

    def _text(self, intent: str, key: records.Key, notice: Notice) -> None:
        phone = notice.party.phone or ""
        to = Address(self.pinned.policy.agency.id, self.sender_id, phone, self.hashes[phone])
        language, offers = self._language(to, notice)
        survey = self.ground.surveys[notice.survey] if notice.survey else None
        facts = self._facts(intent, key, notice, language)
        words = self._words(notice, language, offers, survey, facts)
        if survey:
            self.asked.append(survey)
        self._note_missing(words.left_out, key, notice)
        self.texts[intent] = message(
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

    def _at_length(self, intent: str, key: records.Key, notice: Notice) -> None:
        """An email or a letter."""
        language = self._language_at_length(notice)
        facts = self._facts(intent, key, notice, language)
        voice = Voice(self.ground, self.pinned.policy, language, facts)
        if notice.channel is Channel.EMAIL:
            self.emails[intent], said = email(self.ground, self.pinned, key, notice, voice, self.now)
        else:
            record = self.about.get(key)
            self.letters[intent], said = letter(
                self.ground, self.pinned, key, notice, voice, record, self.now
            )
        self._note_missing(said.left_out, key, notice)

    def _facts(self, intent: str, key: records.Key, notice: Notice, language: str) -> dict[str, Fact]:
        """With the link to a page of its own, if it has one."""
        facts = dict(notice.facts)
        if notice.page:
            token = pages.make_token()
            facts["link"] = Link(f"{self.ground.settings.public_url}/m/{token}")
            self.pages[intent] = (
                token,
                NewPage(
                    self.pinned.policy.agency.id,
                    *key,
                    notice.party.id,
                    notice.rule,
                    notice.channel.value,
                    language,
                    self.now,
                    self.now + PAGE_LIVES,
                ),
            )
        return facts

    def _language(self, to: Address, notice: Notice) -> tuple[str, tuple[str, ...]]:
        """The language of a text, and those in which it tells, once, that there are others.

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

    def _language_at_length(self, notice: Notice) -> str:
        """The same for an email or a letter, which can't be answered with the name of another one."""
        party = notice.party
        known = self.known.get(self.hashes.get(party.phone or "", b""), Known())
        told = party.language if party.language in _SPOKEN else None
        return known.language or told or self.pinned.policy.agency.language

    def _words(
        self,
        notice: Notice,
        language: str,
        offers: tuple[str, ...],
        survey: PinnedSurvey | None,
        facts: Mapping[str, Fact],
    ) -> Words:
        policy = self.pinned.policy
        if survey:
            parts, wording = survey.survey.parts(0), survey.survey.wording
            return put_into_words(self.ground, policy, parts, language, facts, wording=wording, offers=offers)
        return put_into_words(self.ground, policy, notice.parts, language, facts, offers=offers)

    def _note_missing(self, left_out: Sequence[str], key: records.Key, notice: Notice) -> None:
        """A fact that is missing left its sentence out: someone should complete the record."""
        if not left_out:
            return
        detail = {"notice": notice.rule, "number": key[1], "left_out": ", ".join(left_out)}
        task_key = f"missing:{key[0]}:{key[1]}:{notice.rule}"
        due = self.now + timedelta(days=1)
        self.missing.append(
            NewTask(self.pinned.policy.agency.id, "missing_fact", task_key, detail, self.now, due)
        )


def _asks(pinned: PinnedSurvey) -> dict[str, object]:
    """The survey's first question, as the one that is open once this message has left."""
    return {"question": first_question(pinned.survey), "about": {"survey": pinned.hash, "index": 0}}
