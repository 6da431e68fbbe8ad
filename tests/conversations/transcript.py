"""Conversations as text files that can be read aloud, played against the pure engine.

    # What it shows.                                              the first line; further ones where they help
    = case 2411-00372 offense=23H status=assigned phone=this      what is known, or happens elsewhere
    > status                                                      the person texts
    < Saguaro Police: Report 2411-00372: ...                      the line answers (a line more begins with two spaces)
    ! Enroll 2411-00372 arrests                                   what is done
    @ +3d                                                         time goes by

    = case NUMBER offense= status= to= victim= born= relationship= phone=this|other suspect=this|other
                                  a case; the same number again: what has become of it
    = policy verify_by=last_name ask_what_to_stop=yes offer_languages=es,sw text_to_911=no language=es allow=120
    = language es                 what the conversation remembers
    = opted out                   a STOP that was long ago
    = carrier STOP                the carrier has answered the next text already
    = survey after_report         its first question is texted
    = contact NUMBER [asks]       the older phone is told that a newer one was added, or asks to be
    = agreed NUMBER               staff agree to this phone, which is new on the case

The state goes through JSON between any two turns. `python -m tests.conversations.transcript --write` fills in the
answers and what is done; read them before you keep them.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from conversations.dialogues.survey import first_question
from conversations.effects import (
    AddContact,
    CountFailure,
    Effect,
    EndSurvey,
    Enroll,
    FileAnswer,
    HoldAutomated,
    KeepStatutory,
    OpenTask,
    OptIn,
    OptOut,
    RuleOnContact,
    Topic,
    Unenroll,
    Unlink,
)
from conversations.step import step
from conversations.turn import Asked, Facts, LinkedCase, Reply, State
from conversations.understanding.answers import same_report
from locales import FOLDER, Catalogs, Fact, Phone, render
from locales.bidi import without_controls
from rules.policy import POLICIES, load
from rules.suppression import may_automate
from rules.survey import PinnedSurvey, load_all
from rules.values import TEXTED_ROLES, Case, Party, Role

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
CATALOGS = Catalogs.load(FOLDER)
SURVEYS = load_all()
POLICY = load(POLICIES / "demo.yaml").policy
BEGINNING = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
"""Noon in Phoenix, on a Wednesday."""
THIS_PHONE, OTHER_PHONE = "+15205550131", "+15205550132"
CODE = "4821"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass
class Line:
    """The world around the engine, as little as it needs: what a gateway would keep."""

    now: datetime = BEGINNING
    policy: Any = POLICY
    cases: list[Case] = field(default_factory=list)
    state: str = "{}"
    opted_out: bool = False
    keeps_arrests: bool = False
    carrier: str | None = None
    enrolled: dict[str, set[Topic]] = field(default_factory=dict)
    contacts: dict[str, bool] = field(default_factory=dict)
    unlinked: set[str] = field(default_factory=set)
    failures: int = 0
    locked_until: datetime | None = None
    asked: list[Asked] = field(default_factory=list)
    surveys: dict[str, PinnedSurvey] = field(default_factory=lambda: {p.hash: p for p in SURVEYS.values()})
    questions: set[str] = field(default_factory=set)
    """The names of all that was asked so far."""
    effects: set[type] = field(default_factory=set)
    """The types of all that was done so far."""

    def know(self, what: str) -> list[str]:
        """A line that begins with `=`, and what is texted on account of it."""
        kind, *words = shlex.split(what)
        options = dict(word.split("=", 1) for word in words if "=" in word)
        names = [word for word in words if "=" not in word]
        match kind:
            case "policy":
                self._decide(options)
            case "case":
                self.cases = [c for c in self.cases if c.number != names[0]] + [_case(names[0], options)]
            case "language":
                self._keep({"language": names[0]})
            case "opted":
                self.opted_out = True
            case "carrier":
                self.carrier = names[0]
            case "survey":
                survey = SURVEYS[names[0]]
                about = {"survey": survey.hash, "index": 0, "run": "1"}
                self.asked = [*self._kept(survey=True), Asked(first_question(survey.survey), about, self.now)]
                return [self._notice(survey.survey.parts(0), wording=survey.survey.wording)]
            case "contact":
                about = {"report_number": names[0], "contact": "00ff", "confirmed": "asks" not in names}
                self.asked = [*self._kept(survey=False), Asked("contact.added", about, self.now)]
                name = "contact.added" if about["confirmed"] else "contact.asked"
                return [self._notice((name,), {"report_number": names[0]})]
            case "agreed":
                self.contacts[names[0]] = True
                return [self._notice(("contact.confirmed",))]
            case _:
                raise ValueError(f"nothing is known of {kind!r}")
        return []

    def _notice(
        self, parts: tuple[str, ...], facts: Mapping[str, Fact] | None = None, wording: Any = None
    ) -> str:
        """A text that nobody's led to, in the language of the conversation."""
        agency = self.policy.agency
        language = State.from_json(json.loads(self.state)).language or agency.language
        known = {"agency": agency.name, "phone": Phone(agency.phone), **(facts or {})}
        return self._said(Reply(parts, language, known, wording=wording or {}))

    def _kept(self, survey: bool) -> list[Asked]:
        return [one for one in self.asked if one.question.startswith("survey.") is not survey]

    def _decide(self, options: dict[str, str]) -> None:
        told: dict[str, Any] = {
            name: {"yes": True, "no": False}.get(
                value, tuple(value.split(",")) if name == "offer_languages" else value
            )
            for name, value in options.items()
        }
        allowed = self.policy.allowed
        if more := told.pop("allow", None):
            allowed = allowed.model_copy(update={"offenses": (*allowed.offenses, more)})
        of_agency = {name: told.pop(name) for name in ("text_to_911", "language") if name in told}
        self.policy = self.policy.model_copy(
            update={
                "allowed": allowed,
                "agency": self.policy.agency.model_copy(update=of_agency),
                "conversation": self.policy.conversation.model_copy(update=told),
            }
        )

    def _keep(self, more: dict[str, Any]) -> None:
        self.state = json.dumps(json.loads(self.state) | more)

    def wait(self, time: str) -> None:
        """A line that begins with `@`: +10m, +3h, +3d."""
        amount, unit = re.fullmatch(r"\+([0-9]+)([mhd])", time).groups()  # type: ignore[union-attr]
        self.now += timedelta(**{_UNITS[unit]: int(amount)})

    def text(self, text: str) -> tuple[list[str], list[str]]:
        """What the line answers, as people read it, and what it does."""
        turn = step(State.from_json(json.loads(self.state)), text, self.facts(), self.now)
        self.state = json.dumps(turn.state.to_json())
        self.carrier = None
        self.questions |= {one.question for one in turn.state.questions}
        self.effects |= {type(effect) for effect in turn.effects}
        for effect in turn.effects:
            self._apply(effect)
        return [self._said(one) for one in turn.replies], [_done(effect) for effect in turn.effects]

    def facts(self) -> Facts:
        """What a gateway would bring."""
        state = State.from_json(json.loads(self.state))
        locked = self.locked_until is not None and self.now < self.locked_until
        claimed = next(
            (c for c in self.cases if state.claimed_report and same_report(c.number, state.claimed_report)),
            None,
        )
        return Facts(
            agency=self.policy.agency,
            conversation=self.policy.conversation,
            cases=tuple(self._linked(c) for c in self.cases if self._stands_on(c)),
            claimed=self._linked(claimed) if claimed and not self._stands_on(claimed) else None,
            tries_left=0 if locked else 5 - self.failures,
            code=CODE,
            asked=tuple(self.asked),
            surveys={name: pinned.survey for name, pinned in self.surveys.items()},
            opted_out=self.opted_out,
            keeps_arrests=self.keeps_arrests,
            carrier_opt_out_type=self.carrier,
        )

    def _stands_on(self, case: Case) -> bool:
        on_report = self._party(case) is not None and case.number not in self.unlinked
        return case.number in self.contacts or on_report

    @staticmethod
    def _party(case: Case) -> Party | None:
        return next((p for p in case.parties if p.phone == THIS_PHONE and p.role in TEXTED_ROLES), None)

    def _linked(self, case: Case) -> LinkedCase:
        return LinkedCase(
            case,
            may_automate=may_automate(self.policy, case, self.now, asking=self._party(case)),
            enrolled=frozenset(self.enrolled.get(case.number, ())),
            confirmed=self.contacts.get(case.number, True),
            on_report=self._party(case) is not None and case.number not in self.unlinked,
            accused=any(p.phone == THIS_PHONE and p.role is Role.SUSPECT for p in case.parties),
        )

    def _apply(self, effect: Effect) -> None:
        match effect:
            case OptOut():
                self.opted_out, self.keeps_arrests = True, False
            case KeepStatutory():
                self.keeps_arrests = True
            case OptIn():
                self.opted_out = False
            case Unlink():
                self.unlinked = {case.number for case in self.cases}
                self.contacts.clear()
                self.enrolled.clear()
            case Enroll(number, topic):
                self.enrolled.setdefault(number, set()).add(topic)
            case Unenroll(number, topic):
                self.enrolled[number].discard(topic)
            case AddContact(number, confirmed):
                self.contacts[number] = confirmed
                self.failures = 0
            case CountFailure():
                self.failures += 1
                if self.failures >= len("five!"):
                    self.failures, self.locked_until = 0, self.now + timedelta(minutes=10)
            case _:
                pass

    def _said(self, one: Reply) -> str:
        wording = {**self.policy.wording, **one.wording}
        zone = self.policy.agency.zone
        said = [render(CATALOGS, one.parts, one.language, one.facts, zone, wording).text]
        said += [render(CATALOGS, ["language.offer"], code, {}, zone).text for code in one.offers]
        return without_controls(" ".join(said))


def _case(number: str, told: dict[str, str]) -> Case:
    """offense= status= to= victim= born= relationship= phone=this|other suspect=this|other."""
    phones = {"this": THIS_PHONE, "other": OTHER_PHONE}
    victim = Party(
        "v1",
        Role.VICTIM,
        name=told.get("victim", "Ana Lopez"),
        phone=phones.get(told.get("phone", "")),
        birth_date=date.fromisoformat(told.get("born", "1990-05-14")),
        victim_type="I",
        relationships=tuple(told.get("relationship", "ST").split(",")),
    )
    parties: tuple[Party, ...] = (victim,)
    if "suspect" in told:
        parties = (*parties, Party("s1", Role.SUSPECT, phone=phones[told["suspect"]]))
    return Case(
        number,
        offenses=tuple(told.get("offense", "23H").split(",")),
        status=told.get("status"),
        assigned_to=told.get("to"),
        parties=parties,
    )


def _done(effect: Effect) -> str:
    match effect:
        case Enroll(number, topic) | Unenroll(number, topic):
            return f"{type(effect).__name__} {number} {topic}"
        case OpenTask(kind, _, urgent):
            return f"task {kind}{' at once' if urgent else ''}"
        case AddContact(number, confirmed):
            return f"AddContact {number} {'confirmed' if confirmed else 'to be confirmed'}"
        case RuleOnContact(number, _, welcome):
            return f"RuleOnContact {number} {'welcome' if welcome else 'not welcome'}"
        case FileAnswer(_, _, question, value, late):
            return f"FileAnswer {question} {'skipped' if value is None else value}{' late' if late else ''}"
        case HoldAutomated() | CountFailure() | EndSurvey():
            return type(effect).__name__
        case _:
            return type(effect).__name__


def play(lines: list[str], line: Line | None = None) -> Iterator[str]:
    """The transcript as it really goes: what people say is kept, what the line answers is played."""
    line = line or Line()
    for one in lines:
        mark, _, rest = one.partition(" ")
        if mark in ("<", "!") or one.startswith("  "):
            continue
        yield one
        if mark == "=":
            for said in line.know(rest):
                yield from _over_lines(said)
        elif mark == "@":
            line.wait(rest)
        elif mark == ">":
            replies, effects = line.text(rest)
            for said in replies:
                yield from _over_lines(said)
            yield from (f"! {done}" for done in effects)


def _over_lines(said: str) -> Iterator[str]:
    first, *more = said.split("\n")
    yield f"< {first}"
    yield from (f"  {further}" for further in more)


def main() -> None:
    write = "--write" in sys.argv
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        old = path.read_text(encoding="utf-8").splitlines()
        new = list(play(old))
        if write:
            path.write_text("\n".join(new) + "\n", encoding="utf-8")
        print(f"{path.name}: {'as written' if new == old else 'differs'}")


if __name__ == "__main__":
    main()
