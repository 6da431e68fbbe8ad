"""Who is on an incident, as the parties of a call.

Only callers and victims are ever texted, and a doubt counts against it: whoever has several roles has the most
restrictive one, an unknown role is nobody's, and an age that cannot be read is a child's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.feeds.eido.components import Components, Found, Problems, shown, texts
from gateway.feeds.eido.phones import Phones
from gateway.feeds.eido.words import LANGUAGES, MOST_RESTRICTIVE, ROLES, SAYS_NOTHING, word_of
from gateway.feeds.schema import Name, Slug
from rules.values import TEXTED_ROLES, Role

MOST_PARTIES = 200
_ROLE = "personIncidentRoleRegistryText"
_ADULT_AT = 18
_A_CHILD = date.max.isoformat()
"""As in `rules.records`."""
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)

Party = dict[str, Any]


def parties_of(parts: Components, problems: Problems) -> list[Party]:
    """The people of an EIDO, those first who must not be texted."""
    people = People(parts, problems)
    found = [*people.named(), *people.unnamed_callers()]
    found.sort(key=lambda party: MOST_RESTRICTIVE.index(Role(party["role"])))
    by_id: dict[str, Party] = {}
    for party in found:
        by_id.setdefault(party["id"], party)
    if len(by_id) > MOST_PARTIES:
        problems.add("/personComponent", f"expected at most {MOST_PARTIES} people; the others are left out")
    return list(by_id.values())[:MOST_PARTIES]


def incoming_calls(parts: Components) -> list[Found]:
    """The calls that came in; a call that says no direction did."""
    return [call for call in parts.all("callComponent") if call.get("direction") in (None, "incoming")]


class People:
    """The people of one EIDO, and the calls that they are on: a call names its people, or a person the calls."""

    def __init__(self, parts: Components, problems: Problems) -> None:
        self._parts = parts
        self._problems = problems
        self._phones = Phones(parts, problems)
        self._calls = incoming_calls(parts)
        self._on_call: dict[str, set[str]] = {call.pointer: set() for call in self._calls}
        self._calls_of: dict[str, list[Found]] = {}
        by_id = {call.id: call for call in self._calls}
        for call in self._calls:
            for person in parts.referred("personComponent", call, "personReference"):
                self._join(call, person)
        for person in parts.all("personComponent"):
            for name in texts(person.get("callIdentifier")):
                if name in by_id:
                    self._join(by_id[name], person)

    def _join(self, call: Found, person: Found) -> None:
        if person.pointer not in self._on_call[call.pointer]:
            self._on_call[call.pointer].add(person.pointer)
            self._calls_of.setdefault(person.pointer, []).append(call)

    def named(self) -> Iterator[Party]:
        """A party for each `personComponent`, and one more for a victim who called.

        Two under one `$id` are one person with the roles of both.
        """
        people: dict[str, list[Found]] = {}
        for person in self._parts.all("personComponent"):
            people.setdefault(person.id or person.pointer, []).append(person)
        for several in people.values():
            if len(several) > 1:
                self._problems.add(several[1].pointer, "two people have one $id; they are taken for one")
            party = self._party(several)
            yield party
            if party["role"] == Role.VICTIM and any(map(_is_caller, several)):
                # Two roles with notices of their own; one number is told one thing once.
                yield _with_id(party | {"role": Role.CALLER.value}, f"{party['id']}-caller")

    def unnamed_callers(self) -> Iterator[Party]:
        """Of a call that names nobody, the number that it came from. A call that names somebody is theirs."""
        for call in self._calls:
            if self._on_call[call.pointer] or call.get("personReference") is not None:
                continue
            if phone := self._phones.number([call]):
                told = {
                    "role": Role.CALLER.value,
                    "phone": phone,
                    "class_of_service": self._phones.service([call]),
                }
                yield _with_id(told, f"call {call.id}" if call.id else None)

    def _party(self, several: list[Found]) -> Party:
        person = several[0]
        about = _mapping(person.get("ncPersonComponent"))
        role = self._role(several)
        sources = [*several, *(call for one in several for call in self._calls_from(one, role))]
        if person.id is None:
            self._problems.add(
                person.pointer, "has no $id, so that a later word on this person is another's; expected one"
            )
        told = {
            "role": role.value,
            "name": self._name(about, person),
            "phone": self._phones.number(sources),
            "language": LANGUAGES.get(word_of(_text(about.get("primaryLanguage")) or "")),
            "class_of_service": self._phones.service(sources),
            "birth_date": self._birth_date(about, person),
        }
        return _with_id(told, person.id)

    def _calls_from(self, person: Found, role: Role) -> list[Found]:
        """The calls that came from this person's phone.

        A call about a victim need not be the victim's own. Of somebody who is never texted it may be assumed: the
        number counts as that person's, and is not texted.
        """
        calls = self._calls_of.get(person.pointer, [])
        if _is_caller(person):
            return calls
        return [call for call in calls if len(self._on_call[call.pointer]) == 1 and role not in TEXTED_ROLES]

    def _role(self, several: Iterable[Found]) -> Role:
        told = {role for person in several for role in self._roles(person)}
        return next((role for role in MOST_RESTRICTIVE if role in told), Role.OTHER)

    def _roles(self, person: Found) -> Iterator[Role]:
        value = person.get(_ROLE)
        for word in value if isinstance(value, list) and value else [value]:
            plain = word_of(word) if isinstance(word, str) else ""
            if plain in ROLES:
                yield ROLES[plain]
            elif plain not in SAYS_NOTHING:
                what = f"{shown(word)} is not known" if word else "is missing"
                expected = "expected Caller, Victim, Suspect, Witness ...; nobody is texted for it"
                self._problems.add(person.at(_ROLE), f"{what}; {expected}")
                yield Role.OTHER

    def _name(self, about: Mapping[str, Any], person: Found) -> str | None:
        """NIEM's full name, or the given name and the surname."""
        told = about.get("name")
        name = _mapping(told[0] if isinstance(told, list) and told else told)
        parts = [_text(name.get(part)) for part in ("personGivenName", "personSurName")]
        full = _text(name.get("personFullName")) or " ".join(part for part in parts if part) or _text(told)
        if not full:
            return None
        try:
            return _NAME.validate_python(full)
        except ValidationError:
            self._problems.add(person.at("ncPersonComponent/name"), "expected at most 200 characters")
            return None

    def _birth_date(self, about: Mapping[str, Any], person: Found) -> str | None:
        told = about.get("birthDate")
        if told is None:
            return _A_CHILD if _is_young(about) else None
        try:
            return date.fromisoformat((_text(told) or "").strip()[:10]).isoformat()
        except ValueError:
            pointer = person.at("ncPersonComponent/birthDate")
            self._problems.add(pointer, "expected a date such as 1990-02-28; taken for a child's")
            return _A_CHILD


def _is_caller(person: Found) -> bool:
    return any(ROLES.get(word_of(word)) is Role.CALLER for word in texts(person.get(_ROLE)))


def _is_young(about: Mapping[str, Any]) -> bool:
    """Whether an age, in words or numbers, is below eighteen of whatever it counts."""
    told = (about.get("ageMeasure"), about.get("ageDescription"))
    return any(int(age) < _ADULT_AT for one in told for age in re.findall(r"\b\d{1,3}\b", _all_text(one)))


def _all_text(told: object) -> str:
    values = told.values() if isinstance(told, Mapping) else told if isinstance(told, list) else [told]
    return " ".join(str(one)[:200] for one in values if isinstance(one, str | int | float))


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _text(told: object) -> str | None:
    """A text as it is, or the one inside: NIEM's JSON wraps some values."""
    if isinstance(told, list):
        told = told[0] if told else None
    if isinstance(told, Mapping):
        told = next((told[name] for name in ("value", "text", "date", "name") if name in told), None)
    return told if isinstance(told, str) and told.strip() else None


def _with_id(told: Mapping[str, Any], name: str | None) -> Party:
    """The component's own id if it can be one; else a hash of it, or of what is told where it has none."""
    party = {key: value for key, value in told.items() if value is not None}
    if name is None:
        name = repr(sorted(party.items()))
    try:
        return party | {"id": _SLUG.validate_python(name)}
    except ValidationError:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return party | {"id": f"p-{digest[:24]}"}
