"""The policies of the departments, asked about records that are built from events as feeds tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from locales import FOLDER, Catalogs, Link, render
from rules.engine import Context, Notice, Outcome, decide
from rules.policy import POLICIES, Policy, load
from rules.records import as_call, as_case
from rules.suppression import Reason
from rules.survey import load_all
from rules.values import Event, Record
from tests.rules.given import NOON, event, told

CALLER: dict[str, Any] = {
    "party.caller.role": "caller",
    "party.caller.phone": "+15205550151",
    "party.caller.class_of_service": "WPH2",
}
VICTIM: dict[str, Any] = {
    "party.victim.role": "victim",
    "party.victim.phone": "+15205550152",
    "party.victim.email": "jamie@mail.example",
    "party.victim.birth_date": "1990-01-01",
    "party.victim.victim_type": "I",
}
ENROLLED = Context(enrolled={topic: frozenset({"+15205550152"}) for topic in ("arrests", "updates")})
_NOBODY_ELSE = Context()


@cache
def catalogs() -> Catalogs:
    return Catalogs.load(FOLDER)


@cache
def policy_of(name: str) -> Policy:
    messages = frozenset(message_id for message_id, _ in catalogs().sentences)
    return load(POLICIES / f"{name}.yaml", messages, frozenset(load_all())).policy


def happens(kind: str, minute: float = 0, **data: Any) -> Event:
    """An event so many minutes after noon; two underscores in a name stand for the dot."""
    flat = {name.replace("__", "."): value for name, value in data.items()}
    return event(kind, flat, time=NOON + timedelta(minutes=minute))


def with_(kind: str, minute: float = 0, *people: Mapping[str, Any], **data: Any) -> Event:
    """The same, with these people on the record."""
    one = happens(kind, minute, **data)
    return event(kind, {k: v for part in (*people, one.data) for k, v in part.items()}, time=one.time)


def record_of(*events: Event) -> Record:
    facts = told(*events)
    kind = next(one.type.about for one in events if one.type.about)
    return as_call("P260304-0001", facts) if kind == "call" else as_case("26-000123", facts)


def asked(
    policy: Policy,
    *events: Event,
    minute: float | None = None,
    context: Context = _NOBODY_ELSE,
    now: datetime | None = None,
) -> Outcome:
    """What the policy calls for once all of these were told, so many minutes after noon or with the last of them."""
    if minute is not None:
        now = NOON + timedelta(minutes=minute)
    return decide(policy, record_of(*events), now or max(one.time for one in events), context)


def sent(outcome: Outcome) -> list[tuple[str, str, str]]:
    """(rule, party, channel) of each notice."""
    return [(one.rule, one.party.id, one.channel.value) for one in outcome.notices]


def why(outcome: Outcome, rule: str) -> set[Reason | None]:
    """Why a rule told nobody; None stands for somebody it told."""
    return {d.suppressed.reason if d.suppressed else None for d in outcome.decisions if d.rule == rule}


def words(policy: Policy, notice: Notice, language: str = "en") -> str:
    """As it would be sent."""
    link = {"link": Link("https://tidings.example/m/x")} if notice.page else {}
    zone = policy.agency.zone
    return render(catalogs(), notice.parts, language, {**notice.facts, **link}, zone, policy.wording).text
