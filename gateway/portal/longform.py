"""The long form of a notice: what the page behind its link shows of a report or a call. Pure.

A follow-up's eight facts are report number, crime code, officer, date and time, explanation, next steps, the station's
phone and the investigators' phone. One that is not known leaves its line out. Never a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from locales import Fact, Phone
from rules.content import Content
from rules.facts import facts_of
from rules.offenses import offenses
from rules.policy_keys import Channel, Policy
from rules.suppression import Subject, why_not
from rules.topics import topic_of
from rules.values import Call, Case, Record, Role, code_of

EMERGENCY = "next.emergency"
"""Shown as the page's own emergency line, and not among the steps."""

_SECTIONS: tuple[tuple[str, Callable[[Content], tuple[str, ...]]], ...] = (
    ("page.explanation", lambda content: (content.explanation,)),
    ("page.next_steps", lambda content: content.next_steps),
    ("page.prevention", lambda content: content.prevention),
    ("page.resources", lambda content: content.resources),
)
_RIGHTS = "page.rights"
_HAVE_RIGHTS = frozenset({Role.VICTIM, Role.REPRESENTATIVE})
"""Who only called has no rights in the case of somebody else."""


@dataclass(frozen=True, slots=True)
class Line:
    """A fact beside its label, which is a message id."""

    label: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences below a heading of their own, all by their message ids."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LongForm:
    """What the page shows, in the order of its fields. Titles, labels and sentences are message ids."""

    title: str
    intro: str
    danger: bool
    """Somebody may still be in danger: the emergency line comes before anything else."""
    by_phone: bool
    """Details are kept for a conversation with a person, or for who proves who they are."""
    facts: tuple[Line, ...]
    sections: tuple[Section, ...]
    phones: tuple[Line, ...]
    known: Mapping[str, Fact] = field(default_factory=dict)
    """What the sentences may hold."""
    missing: tuple[str, ...] = ()
    """Labels of those of a report's eight facts that nobody told, though a page should have them."""


def long_form(subject: Subject | None, policy: Policy, record: Record, channel: Channel) -> LongForm:
    """`subject` is who reads it, None if they no longer stand on the record; `channel` is how the link came to them.

    Whom we would not tell now by that channel sees no more than the record's number and whom to call.
    """
    about = "call" if isinstance(record, Call) else "message"
    title, intro = f"page.{about}.title", f"page.{about}.intro"
    known = facts_of(policy, record)
    number, *facts = _lines(known, _call_lines(record) if isinstance(record, Call) else _case_lines(record))
    phones = tuple(_phones(known, policy))
    if subject is None or why_not(subject, channel) is not None:
        return LongForm(
            title, intro, danger=False, by_phone=True, facts=(number,), sections=(), phones=phones
        )
    contents = _contents(policy, record)
    rights = policy.agency.rights if _has_rights(subject) else ()
    return LongForm(
        title,
        intro,
        danger=any(content.next_steps[:1] == (EMERGENCY,) for content in contents),
        by_phone=False,
        facts=(number, *facts),
        sections=tuple(_sections(contents, rights)),
        phones=phones,
        known=known,
        missing=tuple(_missing(known, policy, record)) if isinstance(record, Case) else (),
    )


_Told = tuple[tuple[str, Fact | None], ...]


def _case_lines(case: Case) -> _Told:
    return (
        ("page.report_number", case.number),
        ("page.crime_code", ", ".join(case.offenses or ()) or None),
        ("page.officer", case.officer),
        ("page.reported_at", case.reported_at),
    )


def _call_lines(call: Call) -> _Told:
    return (
        ("page.call_number", call.number),
        ("page.call_type", call.type_code),
        ("page.call_officer", call.officer),
        ("page.officer_contact", call.officer_contact),
        ("page.report_number", call.report_number),
    )


def _lines(known: Mapping[str, Fact], told: _Told) -> Iterator[Line]:
    """Those that are told. A contact is a number to dial where it is one."""
    for label, fact in told:
        shown = known.get("officer_contact") if label == "page.officer_contact" else fact
        if shown is not None:
            yield Line(label, shown)


def _phones(known: Mapping[str, Fact], policy: Policy) -> Iterator[Line]:
    """Never none at all: who has no station yet calls the agency."""
    if station := known.get("substation_phone"):
        yield Line("page.substation_phone", station)
    else:
        yield Line("page.agency_phone", Phone(policy.agency.phone))
    if unit := known.get("unit_phone"):
        yield Line("page.unit_phone", unit)


def _contents(policy: Policy, record: Record) -> tuple[Content, ...]:
    """What there is to say: of each offense, or of what the call is about."""
    if isinstance(record, Call):
        topic = topic_of(record.type_code or "", policy.allowed.topics)
        return (topic.content,) if topic else ()
    listed = (offenses().get(code_of(code)) for code in record.offenses or ())
    return tuple(offense.content for offense in listed if offense and offense.content)


def _has_rights(subject: Subject) -> bool:
    return isinstance(subject.record, Case) and subject.party.role in _HAVE_RIGHTS


def _sections(contents: Sequence[Content], rights: Iterable[str]) -> Iterator[Section]:
    """Nothing is said twice on one page, and no heading stands over nothing."""
    said = {EMERGENCY}
    wanted = [(heading, [id for one in contents for id in part(one)]) for heading, part in _SECTIONS]
    for heading, ids in (*wanted, (_RIGHTS, list(rights))):
        if fresh := tuple(dict.fromkeys(id for id in ids if id not in said)):
            said.update(fresh)
            yield Section(heading, fresh)


def _missing(known: Mapping[str, Fact], policy: Policy, case: Case) -> Iterator[str]:
    """What the records system should tell. An agency without divisions or investigators lacks no phone of theirs."""
    if case.officer is None:
        yield "page.officer"
    if case.reported_at is None:
        yield "page.reported_at"
    divisions = policy.agency.divisions.values()
    if divisions and "substation_phone" not in known:
        yield "page.substation_phone"
    if "unit_phone" not in known and any(division.unit_phones for division in divisions):
        yield "page.unit_phone"
