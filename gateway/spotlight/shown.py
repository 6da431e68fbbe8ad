"""What the pages of staff hold, made from rows: plain values, so that the templates only lay them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row

from gateway.spotlight.wording import DETAILS, Kind, Word, kind_of, sentence_of
from locales import Phone, language
from locales.facts import show

_HOUR = 3600
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """A count with its name, and its share of the largest in percent."""

    word: Word
    count: int
    percent: int


def bars(counts: Mapping[str, int], words: Mapping[str, Word]) -> list[Bar]:
    """In the order of the table, what is none left out; names that the table lacks come last."""
    largest = max(counts.values(), default=0)
    order = {name: place for place, name in enumerate(words)}
    return [
        Bar(words.get(name, Word(name)), counts[name], max(1, round(100 * counts[name] / largest)))
        for name in sorted(counts, key=lambda name: order.get(name, len(order)))
        if counts[name]
    ]


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands on a page."""

    id: int
    kind: Kind
    urgent: bool
    count: int
    details: tuple[tuple[str, str], ...]
    number: str | None
    text_id: int | None
    opened: str
    due: str
    due_at: datetime
    overdue: bool
    closed: str | None
    to_decide: bool
    """Whether it is done by deciding on its own page, and not by saying so."""


def task(row: Row[Any], now: datetime, zone: tzinfo) -> Task:
    """Its detail in words. The number of a report or call is a link to its why."""
    detail: Mapping[str, str] = row.detail
    told = tuple(
        (label, _in_words(name, detail[name]))
        for name, label in DETAILS.items()
        if detail.get(name) and name != "number"
    )
    return Task(
        id=row.id,
        kind=kind_of(row.kind),
        urgent=row.urgent,
        count=row.count,
        details=told,
        number=detail.get("number") or None,
        text_id=text_id_of(detail),
        opened=clock(row.opened_at, zone),
        due=until(row.due_at, now),
        due_at=row.due_at,
        overdue=row.due_at < now,
        closed=clock(row.closed_at, zone) if row.closed_at else None,
        to_decide=row.kind == "surge",
    )


def text_id_of(detail: Mapping[str, str]) -> int | None:
    """The text that a task is about, if it is about one."""
    told = detail.get("text", "")
    return int(told) if told.isdecimal() else None


def _in_words(name: str, value: str) -> str:
    if name == "reason":
        return sentence_of(value)
    if name == "notice":
        return notice_named(value)
    if name == "left_out":
        return ", ".join(part.rpartition(".")[2] for part in value.split(", "))
    return value


def notice_named(rule: str) -> str:
    """`arrest.made` is Arrest made: a policy's ids are words already."""
    return rule.replace(".", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Step:
    """One decision, in the order in which they fell, and what became of its message."""

    at: str
    notice: str
    party: str
    sent: bool
    sentence: str
    detail: str | None
    state: str | None
    policy: str


def steps(rows: Sequence[Row[Any]], zone: tzinfo) -> list[Step]:
    return [
        Step(
            at=clock(row.at, zone),
            notice=notice_named(row.rule),
            party=row.party_id,
            sent=row.outcome == "notice",
            sentence=_why(row),
            detail=row.detail or None,
            state=row.state,
            policy=row.policy_hash,
        )
        for row in rows
    ]


def _why(row: Row[Any]) -> str:
    if row.outcome != "notice":
        return sentence_of(row.reason)
    if row.reason:
        return f"It goes on by {row.channel}. {sentence_of(row.reason)}"
    at_length = row.channel in {"email", "letter"}
    return f"The policy calls for it, by {row.channel}." if at_length else "The policy calls for it."


def phone(number: str) -> str:
    """As people write it; a short code as it is."""
    try:
        return show(Phone(number), language("en"), UTC)
    except ValueError:
        return number


def clock(moment: datetime, zone: tzinfo) -> str:
    """Nov 22, 5:53 PM, where the agency is."""
    local = moment.astimezone(zone)
    return f"{local:%b} {local.day}, {local.hour % 12 or 12}:{local:%M %p}"


def until(moment: datetime, now: datetime) -> str:
    """How long there is, or has been, in one unit."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < _MINUTE:
        return "due now"
    span = _span(timedelta(seconds=abs(seconds)))
    return f"due in {span}" if seconds >= 0 else f"overdue by {span}"


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 2 * _HOUR:
        minutes = seconds // _MINUTE
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    if length < timedelta(days=2):
        return f"{seconds // _HOUR} hours"
    return f"{length.days} days"
