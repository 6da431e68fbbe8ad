"""A day of a department as a file, played through its policy, and told for people to read.

`python -m tests.gateway.rehearsal.days --write` writes what is told beside each day in tests/rules/days. Read it line
by line before you keep it: who was told what and when, who was not and why, and what is left to a person.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from gateway.feeds.schema import read
from gateway.rehearsal.play import Line, play
from locales import FOLDER, Catalogs
from rules.policy import POLICIES, PinnedPolicy, load
from rules.survey import load_all
from rules.values import Event

DAYS = Path(__file__).parents[2] / "rules" / "days"
NAMES = ("tucson", "tampa", "phoenix")
_OF_THE_LINE = frozenset({"at", "came", "is", "of", "id", "who", "history"})


@dataclass(frozen=True)
class Day:
    """A department's policy, and what its feeds told that day."""

    pinned: PinnedPolicy
    title: str
    events: tuple[tuple[datetime, Event], ...]
    """Each with when it was told, in no order."""
    pulse: timedelta
    """Between two heartbeats of the dispatch system."""
    silence: tuple[datetime, datetime] | None
    """When there were none."""
    told: tuple[tuple[datetime, dict[str, Any], bool], ...] = ()
    """The same events as the feeds post them, each with when it was told and whether it is history."""

    @property
    def zone(self) -> ZoneInfo:
        return self.pinned.policy.agency.zone

    def played(self, events: Sequence[tuple[datetime, Event]] | None = None) -> list[Line]:
        """Every line of it, or of the same events told at other times."""
        heard = self._heard(self.events if events is None else events)
        return list(play(self.pinned, heard, catalogs=Catalogs.load(FOLDER), surveys=load_all()))

    def _heard(self, events: Sequence[tuple[datetime, Event]]) -> Iterator[Event]:
        """In the order of telling, with heartbeats in between, by which the clock goes on; an hour of them after."""
        in_order = sorted(events, key=lambda one: one[0])
        beat = in_order[0][0]
        for told_at, event in in_order:
            while beat <= told_at:
                yield from self._heartbeat(beat)
                beat += self.pulse
            yield event
        while beat <= in_order[-1][0] + timedelta(hours=1):
            yield from self._heartbeat(beat)
            beat += self.pulse

    def _heartbeat(self, at: datetime) -> Iterator[Event]:
        if self.silence is None or not self.silence[0] <= at < self.silence[1]:
            body = {"specversion": "1.0", "source": "cad", "id": f"beat-{at}", "type": "feed.heartbeat"}
            yield read(body | {"time": at.isoformat()})


def day_of(name: str) -> Day:
    """The day in `<name>.yaml`; times in it are of the agency's zone, `+1 08:00` is on the next day.

    An event is told when it happens (`at`), or later (`came`).
    """
    plain = YAML(typ="safe").load(DAYS / f"{name}.yaml")
    pinned = load(POLICIES / f"{name}.yaml")
    zone, date = pinned.policy.agency.zone, plain["date"]

    def moment(told: str) -> datetime:
        day, _, clock = told.rpartition(" ")
        at = datetime.combine(date, datetime.strptime(clock, "%H:%M").time(), zone)  # noqa: DTZ007
        return at + timedelta(days=int(day or 0))

    def body_of(number: int, told: Mapping[str, Any]) -> dict[str, Any]:
        data = {key: value for key, value in told.items() if key not in _OF_THE_LINE}
        if "who" in told:
            data["parties"] = [_party(plain["people"], one) for one in told["who"]]
        return {
            "specversion": "1.0",
            "source": "cad" if told["is"].startswith("call.") else "rms",
            "id": str(told.get("id", number)),
            "type": told["is"],
            "subject": told["of"],
            "time": moment(told["at"]).isoformat(),
            "data": data,
        }

    silence = plain.get("silent")
    bodies = tuple(
        (moment(told.get("came", told["at"])), body_of(number, told), told.get("history", False))
        for number, told in enumerate(plain["events"])
    )
    return Day(
        pinned,
        f"{pinned.policy.agency.long_name}, {date:%A} {date.day} {date:%B %Y}",
        tuple((came, read(body, history)) for came, body, history in bodies),
        timedelta(minutes=1),
        (moment(silence[0]), moment(silence[1])) if silence else None,
        bodies,
    )


def _party(people: Mapping[str, Mapping[str, Any]], told: Mapping[str, Any]) -> dict[str, Any]:
    """`{jamie: victim, relationships: [ST]}` -> Jamie, as a party of that role."""
    (name, role), *more = told.items()
    return {"id": name, "role": role, **people[name], **dict(more)}


def told(day: Day, lines: Iterable[Line]) -> str:
    """For people: record by record, as they stand in the day's file."""
    order = {
        event.subject: index for index, event in reversed(list(enumerate(event for _, event in day.events)))
    }
    heads = {"sent": 0, "suppressed": 1, "task": 2}
    ordered = sorted(
        lines,
        key=lambda one: (
            order[one.record[1]],
            one.record,
            heads[one.outcome],
            one.at,
            one.rule,
            one.party_id,
            one.occasion,
            one.channel or "",
        ),
    )
    parts = [f"{day.title}. What was sent, what was not and why, and what is left to a person."]
    for (kind, number), group in groupby(ordered, key=lambda one: one.record):
        of_record = list(group)
        parts.append(f"\n{kind} {number}: {of_record[0].call_type or 'of unknown type'}")
        parts += [said for one in of_record for said in _told(day, one)]
    return "\n".join(parts) + "\n"


def _told(day: Day, line: Line) -> Iterator[str]:
    at = line.at.astimezone(day.zone)
    when = f"{at.day} {at:%b %H:%M}"
    occasion = f" ({line.occasion})" if line.occasion else ""
    if line.outcome == "sent":
        many = "" if line.segments == 1 else "s"
        size = f", {line.segments} segment{many}" if line.channel == "text" else ""
        yield f"  {when:<13} {line.channel} to {line.party_id}: {line.rule}{occasion}, {line.language}{size}"
        yield f"      {line.text}"
    elif line.outcome == "task":
        about = " ".join(part for part in (line.rule, line.party_id) if part)
        yield f"  task by {when:<13} {line.reason}: {about}{' - ' if about and line.detail else ''}{line.detail}"
    else:
        whom = f" to {line.party_id}" if line.party_id else ""
        detail = f" ({line.detail})" if line.detail else ""
        yield f"  not told      {line.rule}{whom}{occasion}: {line.reason}{detail}"


def main() -> None:
    """Show each day, or write it down."""
    for name in NAMES:
        day = day_of(name)
        text = told(day, day.played())
        if "--write" in sys.argv:
            (DAYS / f"{name}.txt").write_text(text, encoding="utf-8")
        else:
            print(text)


if __name__ == "__main__":
    main()
