"""A message put into words and priced, ready to be written to the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.ground import Ground
from gateway.store.messages import NewMessage
from locales import Catalogs, Fact, Overrides, bill, cheapest, render
from locales import language as language_of
from locales.bidi import isolate
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes and from which of the agency's numbers."""

    agency_id: str
    sender_id: int
    phone: str
    phone_hash: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """The message as it will be read. `left_out` are the parts whose facts were missing."""

    body: str
    language: str
    encoding: str
    segments: int
    left_out: tuple[str, ...]


def put_into_words(
    ground: Ground,
    policy: Policy,
    parts: Sequence[str],
    language: str,
    facts: Mapping[str, Fact],
    *,
    wording: Overrides | None = None,
    offers: Sequence[str] = (),
) -> Words:
    """As `in_words`, from the catalogs of the line."""
    return in_words(ground.catalogs, policy, parts, language, facts, wording=wording, offers=offers)


def in_words(
    catalogs: Catalogs,
    policy: Policy,
    parts: Sequence[str],
    language: str,
    facts: Mapping[str, Fact],
    *,
    wording: Overrides | None = None,
    offers: Sequence[str] = (),
) -> Words:
    """Pure. `wording` are sentences that are in no catalog and not in the policy either; `offers` are languages in
    each of which is told, at the end, that it can be had. Raises locales.MissingFact if not even the first part can
    be said.
    """
    known = {**policy.wording, **wording} if wording else policy.wording
    rendered = render(catalogs, parts, language, facts, policy.agency.zone, known)
    offered = (_offered(catalogs, policy, code, rendered.language) for code in offers)
    text = " ".join((rendered.text, *filter(None, offered)))
    body = cheapest(text, accents=policy.conversation.fold_accents)
    cost = bill(body)
    return Words(body, rendered.language, cost.encoding, cost.segments, rendered.left_out)


def _offered(catalogs: Catalogs, policy: Policy, code: str, surrounding: str) -> str | None:
    """That there is this language, in its own words and direction. None while the sentence is not translated."""
    offer = render(catalogs, ("language.offer",), code, {}, policy.agency.zone, policy.wording)
    if offer.language != code:
        return None
    inside_rtl = language_of(surrounding).right_to_left
    same_direction = language_of(code).right_to_left == inside_rtl
    return offer.text if same_direction else isolate(offer.text, inside_rtl=inside_rtl)


def message(
    words: Words,
    to: Address,
    *,
    intent_key: str,
    notice: str,
    notice_class: str,
    due_at: datetime,
    now: datetime,
    expires_at: datetime | None = None,
    text_id: int | None = None,
    record: tuple[str, str] | None = None,
    party_id: str | None = None,
    policy_hash: str | None = None,
    asks: Mapping[str, Any] | None = None,
) -> NewMessage:
    """The row to write. `record` is (kind, number); `asks` is the question that it asks, and what that is about."""
    kind, number = record or (None, None)
    return NewMessage(
        agency_id=to.agency_id,
        intent_key=intent_key,
        notice=notice,
        notice_class=notice_class,
        sender_id=to.sender_id,
        phone_hash=to.phone_hash,
        phone=to.phone,
        body=words.body,
        language=words.language,
        encoding=words.encoding,
        segments=words.segments,
        due_at=due_at,
        created_at=now,
        expires_at=expires_at,
        record_kind=kind,
        record_number=number,
        party_id=party_id,
        text_id=text_id,
        policy_hash=policy_hash,
        asks=asks,
    )
