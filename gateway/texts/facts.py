"""What a turn must know, brought before it begins: the pure room can look nothing up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from conversations.turn import Asked, Facts, LinkedCase, State
from gateway.ground import Ground
from gateway.outbox.writing import Address
from gateway.store import attempts, contacts, records
from gateway.store.conversations import Recorded
from gateway.store.records import Linked, Standing
from gateway.texts import definitions
from rules.policy import PinnedPolicy
from rules.suppression import may_automate, same_number
from rules.values import ACCUSED_ROLES, TEXTED_ROLES, Call, Case, Party

_CODES = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a turn, and what they were made of."""

    facts: Facts
    standings: Mapping[str, Standing]
    """By report number: how the number has to do with the case."""
    calls: Mapping[str, tuple[Call, ...]]
    """By report number: the calls that led to the case."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose text it is, and under which policy it is answered."""

    ground: Ground
    pinned: PinnedPolicy
    to: Address
    now: datetime


def report_key(ground: Ground, agency_id: str, report_number: str) -> str:
    """Under which failures on a report are counted, whether or not there is such a report."""
    return ground.vault.lookup(agency_id, "report", records.plain(report_number)).hex()


def load(
    connection: Connection, asking: Asking, state: State, recorded: Recorded, opt_out_type: str | None
) -> Known:
    """Everything that is known of the number, in two statements; a third for a survey that is no more.

    A report that does not exist costs the same statements as one that does: nobody shall learn from the time
    an answer takes which reports there are.
    """
    to, claimed = asking.to, state.claimed_report
    found = {
        one.case.number: one for one in records.standings(connection, to.agency_id, to.phone_hash, claimed)
    }
    cases = [one.case for one in found.values()]
    if claimed and not any(_is_same(case.number, claimed) for case in cases):
        cases.append(Case(claimed))
    linked = records.linked(connection, to.agency_id, cases)
    calls = {number: _calls(linked, number) for number in found}
    asked = _asked(recorded.asked)
    facts = Facts(
        agency=asking.pinned.policy.agency,
        conversation=asking.pinned.policy.conversation,
        cases=tuple(_link(asking, one, calls) for one in found.values() if one.is_linked),
        claimed=_claimed(asking, claimed, found, calls),
        tries_left=max(0, attempts.MOST - recorded.failures),
        code=code(asking, state),
        asked=asked,
        surveys=definitions.of(connection, asking.ground, _hashes(state, asked)),
        opted_out=recorded.opted_out,
        keeps_arrests=recorded.keeps_arrests,
        carrier_opt_out_type=opt_out_type,
    )
    return Known(facts, found, calls)


def _calls(linked: Mapping[records.Key, Linked], number: str) -> tuple[Call, ...]:
    return linked["case", number].calls


def _is_same(one: str, other: str) -> bool:
    return records.plain(one) == records.plain(other)


def _claimed(
    asking: Asking,
    claimed: str | None,
    found: Mapping[str, Standing],
    calls: Mapping[str, tuple[Call, ...]],
) -> LinkedCase | None:
    """The case that somebody named who has yet to prove that it is theirs."""
    for one in found.values():
        if claimed and _is_same(one.case.number, claimed) and not one.is_linked:
            return _link(asking, one, calls)
    return None


def _link(asking: Asking, one: Standing, calls: Mapping[str, tuple[Call, ...]]) -> LinkedCase:
    case = one.case
    # Whom an older contact or staff took off the case is told of it by a person, however often they prove themselves.
    thrown_out = one.contact == contacts.State.REFUSED and one.decided_by != contacts.ITSELF
    party = _party(case, asking.to) if one.named else None
    return LinkedCase(
        case=case,
        may_automate=(one.named or not thrown_out)
        and may_automate(asking.pinned.policy, case, asking.now, calls[case.number], asking=party),
        enrolled=one.topics if one.is_linked else frozenset(),
        on_report=one.named,
        confirmed=one.named or one.contact != contacts.State.PENDING,
        accused=is_accused(case, asking.to.phone),
    )


def _party(case: Case, to: Address) -> Party | None:
    """Who on the case has this number, so that a minor is told nothing."""
    return next((p for p in case.parties if p.phone == to.phone and p.role in TEXTED_ROLES), None)


def is_accused(case: Case, phone: str) -> bool:
    """Whether the number stands on the case as a suspect's, however it is written."""
    return any(
        party.phone and same_number(party.phone) == same_number(phone)
        for party in case.parties
        if party.role in ACCUSED_ROLES
    )


def code(asking: Asking, state: State) -> str:
    """Four digits for one number and one asking, which nothing needs to keep.

    While its question waits, by when that was asked; else by this text's time, which is when it would be asked.
    """
    waits = state.open and state.open.question == "enroll.code"
    asked_at = state.open.asked_at if state.open and waits else asking.now.isoformat()
    secret = asking.ground.vault.lookup(asking.to.agency_id, "code", f"{asking.to.phone} {asked_at}")
    return f"{int.from_bytes(secret[:8]) % _CODES:04}"


def _asked(told: Sequence[Mapping[str, Any]]) -> tuple[Asked, ...]:
    """What messages asked. The run of a survey is named by the message that asked its first question."""
    found = []
    for one in told:
        question, about = one["asks"]["question"], dict(one["asks"]["about"])
        if question.startswith("survey."):
            about["run"] = str(UUID(one["id"]))
        found.append(Asked(question, about, datetime.fromisoformat(one["at"])))
    return tuple(found)


def _hashes(state: State, asked: Sequence[Asked]) -> frozenset[str]:
    """The versions of surveys that this turn may speak of."""
    abouts = [one.about for one in asked]
    if state.survey:
        abouts.append(state.survey.about)
    return frozenset(about["survey"] for about in abouts if "survey" in about)
