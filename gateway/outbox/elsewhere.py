"""Where a notice goes on that could not be told the way it was meant: the rule's next channel, or a person.

A message fails on its channel: dropped at the gate, canceled by STOP, refused by the carrier or the mail server, never
said to be delivered. What is about that channel leads to the next one of the rule's `by` that reaches the party; what
is about the person, the case or the time stops all of them. Where nothing is left and the notice is owed, a task says
so: no owed notice ends in nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from gateway.ground import Ground, NoPolicy
from gateway.outbox import notices, owed
from gateway.outbox.intents import intent_key, occasion_of, on
from gateway.outbox.reactions import Reaction
from gateway.store import agencies, channels, decisions, messages, recalls, records
from gateway.store.decisions import NewDecision
from rules.engine import Notice
from rules.facts import facts_of
from rules.policy import Channel, NoticeRule, PinnedPolicy
from rules.suppression import Reason, Subject, overtaken, why_not
from rules.values import Party, Record

NO_WORD = "no_word"
"""Nobody said in time that a text was delivered."""
MAIL_REFUSED = "mail_refused"
"""The mail server said no, and will say no again."""
RETURNED = "returned"
"""The post brought a letter back."""

_WISHES = frozenset({Reason.OPTED_OUT, Reason.UNCLEAR_OPT_OUT})
"""Who said stop is told another way only what is owed."""
_UNREACHED: frozenset[str] = frozenset(
    {
        Reason.WRONG_NUMBER,
        Reason.NO_PHONE,
        Reason.NOT_WIRELESS,
        Reason.AGENCY_NUMBER,
        Reason.NO_EMAIL,
        Reason.NO_ADDRESS,
        Reaction.NO_SUCH_PHONE,
        Reaction.OUT_OF_REACH,
        Reaction.FILTERED,
        Reaction.GIVE_UP,
        NO_WORD,
        MAIL_REFUSED,
        RETURNED,
    }
)
"""What says something of a number or an address, and nothing of the person. Any other reason stops all channels."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A text, an email or a letter that did not reach, and why (`Reason`, `Reaction` or one of this module's)."""

    id: UUID
    agency_id: str
    intent_key: str
    notice: str
    notice_class: str
    record_kind: str | None
    record_number: str | None
    party_id: str | None
    policy_hash: str | None
    expires_at: datetime | None
    why: str
    detail: str = ""
    """Codes and counts only."""

    @classmethod
    def of(cls, row: Row[Any] | Any, why: str, detail: str = "") -> Failed:
        """From a row of texts, emails or letters; a letter never expires."""
        return cls(
            id=row.id,
            agency_id=row.agency_id,
            intent_key=row.intent_key,
            notice=row.notice,
            notice_class=row.notice_class,
            record_kind=row.record_kind,
            record_number=row.record_number,
            party_id=row.party_id,
            policy_hash=row.policy_hash,
            expires_at=getattr(row, "expires_at", None),
            why=why,
            detail=detail,
        )

    @property
    def key(self) -> records.Key:
        return self.record_kind or "", self.record_number or ""

    @property
    def channel(self) -> Channel | None:
        """On which it failed; None for an answer, which is on no channel but its conversation's."""
        name = self.intent_key.rpartition(":")[2]
        return Channel(name) if self.record_kind and name in set(Channel) else None


def go_on(ground: Ground, connection: Connection, failed: Iterable[Failed], now: datetime) -> set[str]:
    """Tell each another way, or leave it to a person if it is owed. Returns the intents that are told another way."""
    by_agency: dict[str, list[Failed]] = defaultdict(list)
    for one in failed:
        by_agency[one.agency_id].append(one)
    told: set[str] = set()
    for agency_id, same in sorted(by_agency.items()):
        told |= _go_on(ground, connection, agency_id, same, now)
        left = [(one, one.why) for one in same if one.intent_key not in told]
        owed.open_tasks(connection, ground.policies, left, now)
    return told


def cancel_waiting(
    ground: Ground, connection: Connection, agency_id: str, phone_hash: bytes, why: str, now: datetime
) -> None:
    """Take back what waits for this number. STOP ends the texts, never the duty."""
    canceled = messages.cancel_waiting(connection, agency_id, phone_hash, why)
    go_on(ground, connection, [Failed.of(row, why) for row in canceled], now)


def keep_why(connection: Connection, dropped: Sequence[Failed], now: datetime) -> None:
    """Why each was held back at the gate."""
    decisions.keep(
        connection,
        [
            NewDecision(
                agency_id=one.agency_id,
                rule=one.notice,
                record_kind=one.record_kind,
                record_number=one.record_number or "",
                party_id=one.party_id or "",
                occasion="",
                channel=one.channel and one.channel.value,
                outcome="suppressed",
                reason=one.why,
                detail=one.detail,
                policy_hash=one.policy_hash,
                message_id=one.id,
                at=now,
            )
            for one in dropped
            if one.record_kind and one.policy_hash
        ],
    )


@dataclass(frozen=True, slots=True)
class _Now:
    """What is known, at this moment, of one that failed."""

    failed: Failed
    rule: NoticeRule
    record: Record
    party: Party
    subject: Subject


def _go_on(
    ground: Ground, connection: Connection, agency_id: str, failed: Sequence[Failed], now: datetime
) -> set[str]:
    try:
        pinned = ground.policies.of(agency_id)
    except NoPolicy:
        return set()
    moving = [one for one in failed if _may_move(pinned, one, now)]
    taken_back = recalls.recalled(connection, [one.id for one in moving]) if moving else set()
    moving = [one for one in moving if one.id not in taken_back]
    if not moving:
        return set()
    # Two channels of one notice that fail at the same moment must not each take the other for alive.
    channels.lock(connection, sorted(_lock_key(one) for one in moving))
    standing = channels.standing(connection, agency_id, [_on_all(one) for one in moving])
    has_sender = agencies.sender_of(connection, agency_id) is not None
    told: set[str] = set()
    to_write: list[tuple[records.Key, Notice]] = []
    because: dict[str, Failed] = {}
    for known in _known(connection, pinned, moving, now):
        one = known.failed
        others = {c: standing.get(on(c, one.intent_key)) for c in Channel if c is not one.channel}
        if any(alive for alive in others.values()):
            told.add(one.intent_key)  # it went on already, or went by both at once
        elif notice := _next(pinned, known, [c for c, alive in others.items() if alive is None], now):
            if notice.channel is Channel.TEXT and not has_sender:
                continue
            to_write.append((one.key, notice))
            because[intent_key(one.key, notice)] = one
            told.add(one.intent_key)
    ids = notices.write(ground, connection, pinned, to_write, now)
    if ids:
        agencies.pin_policy(connection, agency_id, pinned.hash, pinned.source, now)
    decisions.keep(
        connection,
        [
            NewDecision(
                agency_id=agency_id,
                rule=notice.rule,
                record_kind=key[0],
                record_number=key[1],
                party_id=notice.party.id,
                occasion=notice.occasion,
                channel=notice.channel.value,
                outcome="notice",
                reason=because[intent].why,
                detail=_from(because[intent]),
                policy_hash=pinned.hash,
                message_id=ids[intent],
                at=now,
            )
            for key, notice in to_write
            if (intent := intent_key(key, notice)) in ids
        ],
    )
    return told


def _from(failed: Failed) -> str:
    came = f"not by {failed.channel.value}" if failed.channel else ""
    return f"{came}: {failed.detail}" if failed.detail else came


def _lock_key(one: Failed) -> int:
    stem = f"{one.agency_id}:{one.intent_key.rpartition(':')[0]}"
    return int.from_bytes(hashlib.sha256(stem.encode()).digest()[:8], "big", signed=True)


def _on_all(one: Failed) -> dict[Channel, str]:
    return {channel: on(channel, one.intent_key) for channel in Channel}


def _may_move(pinned: PinnedPolicy, one: Failed, now: datetime) -> bool:
    """Whether another channel could help: by the reason, by the time, and by what the rule allows."""
    rule = pinned.policy.rule(one.notice)
    if rule is None or one.channel is None or len(rule.by) == 1:
        return False
    if one.expires_at is not None and now >= one.expires_at:
        return False
    return one.why in _UNREACHED or (one.why in _WISHES and rule.owed)


def _known(
    connection: Connection, pinned: PinnedPolicy, moving: Sequence[Failed], now: datetime
) -> list[_Now]:
    """Those whose party stands on the record still, with all that speaks for or against telling them."""
    policy = pinned.policy
    agency_id = policy.agency.id
    facts = records.load(connection, agency_id, {one.key for one in moving})
    views = {key: records.view(key, told) for key, told in facts.items()}
    linked = records.linked(connection, agency_id, views.values())
    today = now.astimezone(policy.agency.zone).date()
    found = []
    for one in moving:
        rule, record = policy.rule(one.notice), views.get(one.key)
        if rule is None or record is None:
            continue
        party = next((party for party in record.parties if party.id == one.party_id), None)
        if party is None or overtaken(record, rule.on, rule.until):
            continue
        beside = linked[one.key]
        subject = Subject(policy, record, party, today, beside.calls, beside.cases)
        found.append(_Now(one, rule, record, party, subject))
    return found


def _next(pinned: PinnedPolicy, known: _Now, untried: Sequence[Channel], now: datetime) -> Notice | None:
    """The notice on the first channel of the rule that was not tried and reaches the party."""
    rule, failed = known.rule, known.failed
    for channel in rule.by:
        if channel not in untried or why_not(known.subject, channel) is not None:
            continue
        notice = Notice(
            rule=rule.id,
            tells=rule.tells,
            party=known.party,
            channel=channel,
            parts=rule.message,
            facts=facts_of(pinned.policy, known.record),
            notice_class=rule.notice_class,
            due=now,
            expires=failed.expires_at or now + rule.expires,
            occasion=occasion_of(failed.intent_key, rule.tells, failed.key, known.party.id),
            survey=None,
            page=rule.page,
        )
        # A newer policy may tell it under another name: then nothing is known of what was told.
        return notice if intent_key(failed.key, notice) == on(channel, failed.intent_key) else None
    return None


_AT_ONCE = 200


def anything_unheard(ground: Ground, connection: Connection) -> bool:
    """Whether there are texts of which nobody said in time that they were delivered."""
    now = ground.clock()
    return any(
        messages.anything_unheard(connection, agency_id, now - patience)
        for agency_id, patience in _patience(ground).items()
    )


def go_on_unheard(ground: Ground) -> int:
    """Texts of which nobody said in time that they were delivered are told another way. Returns how many they were."""
    now = ground.clock()
    count = 0
    for agency_id, patience in sorted(_patience(ground).items()):
        with ground.database.begin() as connection:
            unheard = messages.give_up_unheard(connection, agency_id, now - patience, NO_WORD, _AT_ONCE)
            go_on(ground, connection, [Failed.of(row, NO_WORD) for row in unheard], now)
            count += len(unheard)
    return count


def _patience(ground: Ground) -> dict[str, timedelta]:
    policies = ground.policies.by_agency.items()
    return {agency_id: pinned.policy.channels.undelivered_after for agency_id, pinned in policies}
