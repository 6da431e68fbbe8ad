"""What is never automated, and why: the checks of domain facts section 2, in the order in which they are asked.

Each check is a row: a reason and a question. The first reason that holds is the one that is told. They are asked when
an event comes and again at the moment of sending. What is missing fails closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from rules.never import never_reported, never_texted
from rules.offenses import domestic_relationships, offenses, relationships
from rules.policy_keys import Channel, Policy, same_number
from rules.values import (
    ACCUSED_ROLES,
    IMPERSONAL_VICTIMS,
    TEXTED_ROLES,
    Call,
    Case,
    EventType,
    Party,
    Record,
    Role,
    code_of,
)


class Reason(StrEnum):
    """Why a notice is not sent, or waits. The value stands in the database; the sentence is for people."""

    UNKNOWN_CODE = "unknown_code"
    NOT_ALLOWED = "not_allowed"
    NEVER_AUTOMATED = "never_automated"
    HIGHEST_PRIORITY = "highest_priority"
    PRIORITY_UNKNOWN = "priority_unknown"
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
    NO_PARTY = "no_party"
    NO_PHONE = "no_phone"
    NO_EMAIL = "no_email"
    NO_ADDRESS = "no_address"
    NOT_WIRELESS = "not_wireless"
    SAME_NUMBER = "same_number"
    SURVEY_CAP = "survey_cap"
    CONDITION = "condition"
    STUDY = "study"
    FEED_SILENT = "feed_silent"
    SURGE = "surge"
    RECALLED = "recalled"
    STALE = "stale"
    OVERTAKEN = "overtaken"
    OPTED_OUT = "opted_out"
    UNCLEAR_OPT_OUT = "unclear_opt_out"
    QUIET_HOURS = "quiet_hours"
    WRONG_NUMBER = "wrong_number"
    SENDER_HELD = "sender_held"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A reason, with the fact that gave it (codes and counts only, never a name or a number)."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Subject:
    """What the checks look at: one party on one record, with the calls and cases that belong to it."""

    policy: Policy
    record: Record
    party: Party
    today: date
    """The date where the agency is."""
    linked_calls: tuple[Call, ...] = ()
    linked_cases: tuple[Case, ...] = ()

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The record itself, if it is a call, and those linked to it."""
        return (self.record, *self.linked_calls) if isinstance(self.record, Call) else self.linked_calls

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The record itself, if it is a case, and those linked to it."""
        return (self.record, *self.linked_cases) if isinstance(self.record, Case) else self.linked_cases

    @cached_property
    def call_types(self) -> tuple[str, ...]:
        """Every call type that ever stood on one of these calls."""
        told = {code for call in self.calls for code in (*call.type_codes, call.type_code or "")}
        return tuple(sorted(code_of(code) for code in told if code))

    @cached_property
    def everybody(self) -> tuple[Party, ...]:
        """Every party on any of these records, and the one in question."""
        records: tuple[Record, ...] = (*self.calls, *self.cases)
        return (self.party, *(party for record in records for party in record.parties))

    @cached_property
    def against(self) -> Suppressed | None:
        """See `why_nobody`: found out once, for however many rules ask."""
        stage = _CALL_STAGE if isinstance(self.record, Call) else _REPORT_STAGE
        return _first(self, (*stage, *_EVERY_STAGE))


Check = Callable[[Subject], Suppressed | None]

_ADULT_AT = 18
_PERSON_OFFENSES_OFTEN_DOMESTIC = frozenset({"13A", "13B", "13C"})
_RELATIONSHIP_UNKNOWN = "RU"
_VICTIM_WAS_OFFENDER = "VO"
WIRELESS = frozenset({"WRLS", "WPH1", "WPH2"})
"""Classes of service (NENA) that are sure to be a mobile phone."""
_NO_PERSONS_PHONE = frozenset({"COIN", "COCT", "PAY$", "VPAY", "PBX", "RPBX", "BPBX", "CNTX"})
"""Pay phones and switchboards. Any other class may be a mobile phone after all: sending tells."""


_REASON_OF = {
    "domestic_violence": Reason.DOMESTIC_VIOLENCE,
    "hang_up": Reason.HANG_UP,
    "officer_initiated": Reason.OFFICER_INITIATED,
    "in_progress": Reason.IN_PROGRESS,
}


def _never_this_type(subject: Subject) -> Suppressed | None:
    """Of every type the call ever had: one that was domestic violence for a minute stays suspect."""
    return _never(subject, never_texted)


def _never_this_report(subject: Subject) -> Suppressed | None:
    """A case is asked only about the subjects that no stage may text: the report stage has its own list."""
    return _never(subject, never_reported)


def _never(subject: Subject, found_in: Callable[[str], str | None]) -> Suppressed | None:
    for code in subject.call_types:
        if found := found_in(code):
            return Suppressed(_REASON_OF.get(found, Reason.NEVER_AUTOMATED), f"{code}: {found}")
    return None


def _allowed_type(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    if subject.record.type_code is None:
        return Suppressed(Reason.UNKNOWN_CODE, "no type")
    allowed = subject.policy.allowed
    others = [code for code in subject.call_types if code not in allowed.call_types]
    if strangers := [code for code in others if code not in allowed.not_texted]:
        return Suppressed(Reason.UNKNOWN_CODE, strangers[0])
    return Suppressed(Reason.NOT_ALLOWED, others[0]) if others else None


def _priority(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    priority = subject.record.priority
    allowed = subject.policy.allowed
    if priority is None:
        return Suppressed(Reason.PRIORITY_UNKNOWN) if allowed.priority_required else None
    if code_of(priority) in allowed.highest_priority:
        return Suppressed(Reason.HIGHEST_PRIORITY, priority)
    return None


def _in_progress(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Call)
    return Suppressed(Reason.IN_PROGRESS) if subject.record.in_progress else None


def _how_received(subject: Subject) -> Suppressed | None:
    """The words for a hang-up or an officer's own call show here as they do in the type."""
    assert isinstance(subject.record, Call)
    received = subject.record.how_received or ""
    if code_of(received) in _BY_AN_OFFICER:
        return Suppressed(Reason.OFFICER_INITIATED)
    found = never_texted(received)
    return Suppressed(_REASON_OF[found]) if found in {"hang_up", "officer_initiated"} else None


_BY_AN_OFFICER = frozenset({"SELF", "RADIO", "FIELD", "UNIT", "MDT", "MDC", "MOBILE DATA"})
"""How a call comes that nobody made: from the street, through a patrol car's own radio or screen."""


def _offenses_known(subject: Subject) -> Suppressed | None:
    assert isinstance(subject.record, Case)
    return None if subject.record.offenses else Suppressed(Reason.OFFENSE_UNKNOWN)


def _sensitive(subject: Subject) -> Suppressed | None:
    """Also of a case that a call led to: its caller would be texted about the same thing."""
    for code in _offenses(subject):
        known = offenses().get(code)
        if known is not None and known.stance == "sensitive":
            return Suppressed(Reason.SENSITIVE_OFFENSE, code)
    return None


def _allowed_offense(subject: Subject) -> Suppressed | None:
    """A code that NIBRS does not have is a mistake to be looked at; one that the agency left out is a decision."""
    for code in _offenses(subject):
        if code not in offenses():
            return Suppressed(Reason.UNKNOWN_CODE, code)
        if code not in subject.policy.allowed.offenses:
            return Suppressed(Reason.NOT_ALLOWED, code)
    return None


def _offenses(subject: Subject) -> Iterator[str]:
    return (code_of(code) for case in subject.cases for code in case.offenses or ())


def _domestic_relationship(subject: Subject) -> Suppressed | None:
    """Of anybody on the record, since a text to the caller reaches the same household."""
    for party in subject.everybody:
        for code in _relationships(party):
            if code in domestic_relationships():
                return Suppressed(Reason.DOMESTIC_VIOLENCE, f"relationship {code}")
    often_domestic = sorted(_PERSON_OFFENSES_OFTEN_DOMESTIC.intersection(_offenses(subject)))
    if often_domestic and not _all_relationships_told(subject):
        return Suppressed(Reason.DOMESTIC_VIOLENCE, f"{often_domestic[0]} with no relationship given")
    return None


def _all_relationships_told(subject: Subject) -> bool:
    """Whether each victim of an assault is known to be no relation; NIBRS asks it of persons only."""
    told = [
        _relationships(party)
        for case in subject.cases
        for party in case.parties
        if party.role is Role.VICTIM and party.victim_type not in IMPERSONAL_VICTIMS
    ]
    known = relationships().keys() - {_RELATIONSHIP_UNKNOWN}
    return bool(told) and all(codes and known.issuperset(codes) for codes in told)


def _relationships(party: Party) -> tuple[str, ...]:
    return tuple(code_of(code) for code in party.relationships or ())


def _role(subject: Subject) -> Suppressed | None:
    role = subject.party.role
    return None if role in TEXTED_ROLES else Suppressed(Reason.ROLE, role.value)


def _accused_number(subject: Subject) -> Suppressed | None:
    """One number as victim and as suspect blocks automation for everybody on that record."""
    accused = {same_number(p.phone) for p in subject.everybody if p.role in ACCUSED_ROLES and p.phone}
    texted = {same_number(p.phone) for p in subject.everybody if p.role in TEXTED_ROLES and p.phone}
    if accused & texted:
        return Suppressed(Reason.ACCUSED_NUMBER)
    if _mail_of(subject, ACCUSED_ROLES) & _mail_of(subject, TEXTED_ROLES):
        return Suppressed(Reason.ACCUSED_NUMBER, "email")
    if any(_VICTIM_WAS_OFFENDER in _relationships(party) for party in subject.everybody):
        return Suppressed(Reason.ACCUSED_NUMBER, f"relationship {_VICTIM_WAS_OFFENDER}")
    return None


def _mail_of(subject: Subject, roles: frozenset[Role]) -> set[str]:
    return {p.email.casefold() for p in subject.everybody if p.role in roles and p.email}


def _agency_number(subject: Subject) -> Suppressed | None:
    """No line of the agency, its stations or its officers, under whatever role it stands on the record."""
    if subject.party.phone is None:
        return None
    number = same_number(subject.party.phone)
    officers = (p.phone for p in subject.everybody if p.role is Role.OFFICER or p.victim_type == "L")
    ours = number in subject.policy.own_numbers or number in {
        same_number(phone) for phone in officers if phone
    }
    return Suppressed(Reason.AGENCY_NUMBER) if ours else None


def _officer_victim(subject: Subject) -> Suppressed | None:
    return Suppressed(Reason.OFFICER_VICTIM) if subject.party.victim_type == "L" else None


def _minor(subject: Subject) -> Suppressed | None:
    """A minor's representative is texted in the minor's place (see `rules.recipients`), never the minor."""
    if too_young(subject.party, subject.today):
        return Suppressed(Reason.MINOR)
    if subject.party.role is Role.REPRESENTATIVE:
        return None
    if subject.party.phone and any(
        party.phone and same_number(party.phone) == same_number(subject.party.phone)
        for party in subject.everybody
        if too_young(party, subject.today)
    ):
        return Suppressed(Reason.MINOR, "same number")
    return Suppressed(Reason.AGE_UNKNOWN) if _age_matters(subject) else None


def _age_matters(subject: Subject) -> bool:
    """Whether a victim of a crime against a person has no age: a child's case would be told to a child."""
    victim = subject.party
    if victim.role is not Role.VICTIM or victim.birth_date or victim.victim_type in IMPERSONAL_VICTIMS:
        return False
    known = [offenses().get(code) for code in _offenses(subject)]
    return any(offense is not None and offense.crime_against == "person" for offense in known)


def too_young(party: Party, today: date) -> bool:
    """Whether the party is known to be a minor on that day."""
    born = party.birth_date
    if born is None:
        return False
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < _ADULT_AT


def _wireless(subject: Subject) -> Suppressed | None:
    if not subject.party.phone:
        return Suppressed(Reason.NO_PHONE)
    service = code_of(subject.party.class_of_service or "")
    return Suppressed(Reason.NOT_WIRELESS, service) if service in _NO_PERSONS_PHONE else None


def _email(subject: Subject) -> Suppressed | None:
    if not subject.policy.agency.email or not subject.party.email:
        return Suppressed(Reason.NO_EMAIL)
    return None


def _address(subject: Subject) -> Suppressed | None:
    """No letter into the house of whoever is accused: its envelope alone says that there is a case."""
    if not subject.policy.agency.address or not subject.party.address:
        return Suppressed(Reason.NO_ADDRESS)
    home = _same_house(subject.party)
    if any(p.role in ACCUSED_ROLES and p.address and _same_house(p) == home for p in subject.everybody):
        return Suppressed(Reason.NO_ADDRESS, "the address of the accused")
    return None


def _same_house(party: Party) -> str:
    return "".join(c for line in party.address for c in line.casefold() if c.isalnum())


_EVERY_STAGE: tuple[Check, ...] = (
    _role,
    _accused_number,
    _officer_victim,
    _minor,
)
_BY_CHANNEL: Mapping[Channel, tuple[Check, ...]] = {
    Channel.TEXT: (_agency_number, _wireless),
    Channel.EMAIL: (_email,),
    Channel.LETTER: (_address,),
}
"""What is about a number says nothing of an email, and the other way round."""
_CALL_STAGE: tuple[Check, ...] = (
    _never_this_type,
    _how_received,
    _in_progress,
    _sensitive,
    _domestic_relationship,
    _allowed_type,
    _priority,
)
_REPORT_STAGE: tuple[Check, ...] = (
    _never_this_report,
    _offenses_known,
    _sensitive,
    _domestic_relationship,
    _allowed_offense,
)


def why_not(subject: Subject, channel: Channel = Channel.TEXT) -> Suppressed | None:
    """The first reason why this party may not be told automatically about this record on this channel, or None."""
    return why_nobody(subject) or _first(subject, _BY_CHANNEL[channel])


def why_nobody(subject: Subject) -> Suppressed | None:
    """The first reason that holds for every channel, or None."""
    return subject.against


def why_no_correction(subject: Subject, channel: Channel = Channel.TEXT) -> Suppressed | None:
    """Why whom a notice reached by mistake may not even be told that it was one: only what makes any word dangerous,
    and a letter into the house of whoever is accused.

    The lists of codes are not asked: a wrong code is a usual cause of the mistake.
    """
    never = _never_this_type if isinstance(subject.record, Call) else _never_this_report
    by_letter = (_address,) if channel is Channel.LETTER else ()
    return _first(subject, (never, _sensitive, _domestic_relationship, _accused_number, _minor, *by_letter))


def ways(
    subject: Subject, by: Sequence[Channel], *, together: bool = False
) -> tuple[Channel, ...] | Suppressed:
    """The channels by which to tell: the first of `by` that reaches the party; text and email both, if `together`.

    Where none does, the reason is that of the first.
    """
    if found := why_nobody(subject):
        return found
    against = {channel: _first(subject, _BY_CHANNEL[channel]) for channel in by}
    open_ones = tuple(channel for channel, found in against.items() if found is None)
    if not open_ones:
        return next(found for found in against.values() if found is not None)
    at_once = tuple(channel for channel in open_ones if channel is not Channel.LETTER)
    return at_once if together and at_once else open_ones[:1]


def may_automate(
    policy: Policy,
    case: Case,
    now: datetime,
    linked_calls: tuple[Call, ...] = (),
    *,
    asking: Party | None = None,
) -> bool:
    """Whether alerts on this case may go out by themselves: whoever asks, or to the party that asks."""
    party = asking or Party(id="", role=Role.CALLER)
    subject = Subject(policy, case, party, now.astimezone(policy.agency.zone).date(), linked_calls)
    if asking:
        return why_not(subject) is None
    return _first(subject, (*_REPORT_STAGE, _accused_number)) is None


def _first(subject: Subject, checks: tuple[Check, ...]) -> Suppressed | None:
    return next((found for check in checks if (found := check(subject))), None)


OVERTAKEN_BY: dict[EventType, frozenset[EventType]] = {
    EventType.CALL_RECEIVED: frozenset(
        {EventType.CALL_DISPATCHED, EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
    EventType.CALL_DISPATCHED: frozenset(
        {
            EventType.CALL_DIVERTED,
            EventType.CALL_DELAYED,
            EventType.CALL_ARRIVED,
            EventType.CALL_CLOSED,
            EventType.CALL_CANCELED,
        }
    ),
    EventType.CALL_DIVERTED: frozenset(
        {EventType.CALL_DISPATCHED, EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
    EventType.CALL_DELAYED: frozenset(
        {EventType.CALL_DISPATCHED, EventType.CALL_ARRIVED, EventType.CALL_CLOSED, EventType.CALL_CANCELED}
    ),
}
"""A notice about a stage that the call has left behind would only confuse."""


def overtaken(
    record: Record, told_by: EventType, until: frozenset[EventType] = frozenset()
) -> Suppressed | None:
    """Whether the call has moved on since the event that a notice tells of: to one of `until`, if these are given."""
    left_behind = until or OVERTAKEN_BY.get(told_by, frozenset())
    if isinstance(record, Call) and record.stage and record.stage in left_behind:
        return Suppressed(Reason.OVERTAKEN, record.stage.value)
    return None
