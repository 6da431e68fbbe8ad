"""What is never automated, and why: the checks of domain facts section 2, in the order in which they are asked.

Each check is a row: a reason and a question. The first reason that holds is the one that is told. They are asked when
an event comes and again at the moment of sending. What is missing fails closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from rules.offenses import domestic_relationships, offenses
from rules.policy import Policy
from rules.values import ACCUSED_ROLES, TEXTED_ROLES, Call, Case, EventType, Party, Record, Role


class Reason(StrEnum):
    """Why a notice is not sent. The value stands in the database; the sentence is for people."""

    UNKNOWN_CODE = "unknown_code"
    NEVER_AUTOMATED = "never_automated"
    HIGHEST_PRIORITY = "highest_priority"
    IN_PROGRESS = "in_progress"
    HANG_UP = "hang_up"
    OFFICER_INITIATED = "officer_initiated"
    DOMESTIC_VIOLENCE = "domestic_violence"
    SENSITIVE_OFFENSE = "sensitive_offense"
    OFFENSE_UNKNOWN = "offense_unknown"
    ROLE = "role"
    ACCUSED_NUMBER = "accused_number"
    AGENCY_NUMBER = "agency_number"
    OFFICER_VICTIM = "officer_victim"
    MINOR = "minor"
    AGE_UNKNOWN = "age_unknown"
    NO_PHONE = "no_phone"
    NOT_WIRELESS = "not_wireless"
    CONDITION = "condition"
    HISTORY = "history"
    STALE = "stale"
    OVERTAKEN = "overtaken"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    SENDER_HELD = "sender_held"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A reason, with the fact that gave it (codes and counts only, never a name or a number)."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the checks look at: one party on one record, with the calls that led to the case."""

    policy: Policy
    record: Record
    party: Party
    today: date
    """The date where the agency is."""
    linked_calls: tuple[Call, ...] = ()

    @property
    def call_types(self) -> tuple[str, ...]:
        """Every call type that ever stood on the record or on a call that led to it."""
        calls = (self.record, *self.linked_calls) if isinstance(self.record, Call) else self.linked_calls
        return tuple(
            sorted({code for call in calls for code in (*call.type_codes, call.type_code or "") if code})
        )


Check = Callable[[Subject], Suppressed | None]

_ADULT_AT = 18
_PERSON_OFFENSES_OFTEN_DOMESTIC = frozenset({"13A", "13B", "13C"})
WIRELESS = frozenset({"WRLS", "WPH1", "WPH2"})
"""Classes of service (NENA) that are sure to be a mobile phone."""
_SURE_TO_BE_A_LANDLINE = frozenset({"RESD", "COIN", "PAY$", "PBX", "CNTX"})


@cache
def _never() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = YAML(typ="safe").load(Path(__file__).parent / "never.yaml")
    return tuple((reason, _words(entries)) for reason, entries in table.items())


def _words(entries: Iterable[str]) -> re.Pattern[str]:
    spelled = (
        "".join(
            f" {re.escape(word[:-1])}[^ ]*" if word.endswith("*") else f" {re.escape(word)}"
            for word in str(e).split()
        )
        for e in entries
    )
    return re.compile("|".join(f"(?:{words}(?= ))" for words in spelled))


def never_texted(call_type: str) -> str | None:
    """The reason in never.yaml for which this call type is never texted, or None. Any spelling."""
    plain = " " + re.sub(r"[^A-Z0-9]+", " ", call_type.upper()) + " "
    return next((reason for reason, words in _never() if words.search(plain)), None)


_REASON_OF = {
    "domestic_violence": Reason.DOMESTIC_VIOLENCE,
    "hang_up": Reason.HANG_UP,
    "officer_initiated": Reason.OFFICER_INITIATED,
    "in_progress": Reason.IN_PROGRESS,
}


def _never_this_type(subject: Subject) -> Suppressed | None:
    for code in subject.call_types:
        if found := never_texted(code):
            return Suppressed(_REASON_OF.get(found, Reason.NEVER_AUTOMATED), f"{code}: {found}")
    return None


def _allowed_type(subject: Subject) -> Suppressed | None:
    code = subject.record.type_code if isinstance(subject.record, Call) else None
    if code is None:
        return Suppressed(Reason.UNKNOWN_CODE, "no type")
    allowed = subject.policy.allowed.call_types
    strangers = [c for c in subject.call_types if " ".join(c.upper().split()) not in allowed]
    return Suppressed(Reason.UNKNOWN_CODE, strangers[0]) if strangers else None


def _priority(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    priority = subject.record.priority
    if priority is None:
        return Suppressed(Reason.HIGHEST_PRIORITY, "priority unknown")
    if priority.upper() in subject.policy.allowed.highest_priority:
        return Suppressed(Reason.HIGHEST_PRIORITY, priority)
    return None


def _in_progress(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    return Suppressed(Reason.IN_PROGRESS) if subject.record.in_progress else None


def _officer_initiated(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    how = (subject.record.how_received or "").lower()
    return Suppressed(Reason.OFFICER_INITIATED) if how in {"officer", "self_initiated", "onview"} else None


def _domestic_call(subject: Subject) -> Suppressed | None:
    """A case is asked only about domestic violence on the call that led to it: the report stage has its own list."""
    for code in subject.call_types:
        if never_texted(code) == "domestic_violence":
            return Suppressed(Reason.DOMESTIC_VIOLENCE, code)
    return None


def _offenses_known(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Case)
    return None if subject.record.offenses else Suppressed(Reason.OFFENSE_UNKNOWN)


def _sensitive(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Case)
    for code in subject.record.offenses or ():
        known = offenses().get(code)
        if known is not None and known.stance == "sensitive":
            return Suppressed(Reason.SENSITIVE_OFFENSE, code)
    return None


def _allowed_offense(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Case)
    for code in subject.record.offenses or ():
        if code not in subject.policy.allowed.offenses:
            return Suppressed(Reason.UNKNOWN_CODE, code)
    return None


def _domestic_relationship(subject: Subject) -> Suppressed | None:
    """Of every victim on the case, since a caller's text reaches the same household."""
    assert isinstance(subject.record, Case)
    often_domestic = [c for c in subject.record.offenses or () if c in _PERSON_OFFENSES_OFTEN_DOMESTIC]
    victims = [p for p in subject.record.parties if p.role is Role.VICTIM] or [subject.party]
    for victim in victims:
        for code in victim.relationships or ():
            if code in domestic_relationships():
                return Suppressed(Reason.DOMESTIC_VIOLENCE, f"relationship {code}")
        if often_domestic and not victim.relationships:
            return Suppressed(Reason.DOMESTIC_VIOLENCE, f"{often_domestic[0]} with no relationship given")
    return None


def _role(subject: Subject) -> Suppressed | None:
    role = subject.party.role
    return None if role in TEXTED_ROLES else Suppressed(Reason.ROLE, role.value)


def _accused_number(subject: Subject) -> Suppressed | None:
    """One number as victim and as suspect blocks automation for everybody on that record."""
    parties = (*subject.record.parties, *(p for call in subject.linked_calls for p in call.parties))
    accused = {p.phone for p in parties if p.role in ACCUSED_ROLES and p.phone}
    texted = {p.phone for p in parties if p.role in TEXTED_ROLES} | {subject.party.phone}
    return Suppressed(Reason.ACCUSED_NUMBER) if accused & texted else None


def _agency_number(subject: Subject) -> Suppressed | None:
    agency = subject.policy.agency
    own = {agency.phone, agency.records_phone, *agency.never_text, *agency.on_call}
    own |= {p.phone for p in subject.record.parties if p.role is Role.OFFICER and p.phone}
    return Suppressed(Reason.AGENCY_NUMBER) if subject.party.phone in own else None


def _officer_victim(subject: Subject) -> Suppressed | None:
    return Suppressed(Reason.OFFICER_VICTIM) if subject.party.victim_type == "L" else None


def _minor(subject: Subject) -> Suppressed | None:
    """A minor's representative is texted in the minor's place (see `engine.recipients`), never the minor."""
    if subject.party.role is Role.REPRESENTATIVE:
        return None
    if subject.party.birth_date is not None:
        return Suppressed(Reason.MINOR) if too_young(subject) else None
    if isinstance(subject.record, Case) and subject.party.role is Role.VICTIM:
        known = [offenses().get(code) for code in subject.record.offenses or ()]
        if any(offense is not None and offense.crime_against == "person" for offense in known):
            return Suppressed(Reason.AGE_UNKNOWN)
    return None


def too_young(subject: Subject) -> bool:
    """Whether the party is known to be a minor on that day."""
    born, today = subject.party.birth_date, subject.today
    if born is None:
        return False
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < _ADULT_AT


def _reachable(subject: Subject) -> Suppressed | None:
    if not subject.party.phone:
        return Suppressed(Reason.NO_PHONE)
    if (subject.party.class_of_service or "").upper() in _SURE_TO_BE_A_LANDLINE:
        return Suppressed(Reason.NOT_WIRELESS, subject.party.class_of_service or "")
    return None


_EVERY_STAGE: tuple[Check, ...] = (
    _role,
    _accused_number,
    _agency_number,
    _officer_victim,
    _minor,
    _reachable,
)
_CALL_STAGE: tuple[Check, ...] = (
    _never_this_type,
    _officer_initiated,
    _in_progress,
    _allowed_type,
    _priority,
)
_REPORT_STAGE: tuple[Check, ...] = (
    _domestic_call,
    _offenses_known,
    _sensitive,
    _domestic_relationship,
    _allowed_offense,
)


def why_not(subject: Subject) -> Suppressed | None:
    """The first reason why this party may not be texted automatically about this record, or None."""
    stage = _CALL_STAGE if isinstance(subject.record, Call) else _REPORT_STAGE
    for check in (*stage, *_EVERY_STAGE):
        if found := check(subject):
            return found
    return None


def may_automate(policy: Policy, case: Case, now: datetime, linked_calls: tuple[Call, ...] = ()) -> bool:
    """Whether alerts on this case may go out by themselves, whoever asks."""
    nobody = Party(id="", role=Role.CALLER, phone=None)
    subject = Subject(policy, case, nobody, now.astimezone(policy.agency.zone).date(), linked_calls)
    return all(check(subject) is None for check in (*_REPORT_STAGE, _accused_number))


OVERTAKEN_BY: dict[EventType, frozenset[EventType]] = {
    EventType.CALL_RECEIVED: frozenset(
        {EventType.CALL_DISPATCHED, EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
    EventType.CALL_DISPATCHED: frozenset(
        {EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
    EventType.CALL_DELAYED: frozenset(
        {EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
}
"""A notice about a stage that the call has left behind would only confuse."""
