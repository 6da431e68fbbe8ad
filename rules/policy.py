"""An agency's policy: one YAML file, read and checked at start, and known ever after by the hash of its text.

A mistake in the file is told with file, line, field and what was expected; nothing half-read is ever used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from rules.conditions import BadCondition, Condition
from rules.never import never_texted
from rules.offenses import offenses
from rules.values import FACTS, TEXTED_ROLES, EventType, Role, code_of
from rules.yamlfile import BadFile, Duration, Language, Part, Where, expected
from rules.yamlfile import parse as parse_yaml
from rules.yamlfile import read as read_text

POLICIES = Path(__file__).parent / "policies"


class BadPolicy(BadFile):
    """A policy file can't be used."""


class NoticeClass(StrEnum):
    """What kind of message it is; decides quiet hours and precedence."""

    SAFETY = "safety"
    ANSWER = "answer"
    STATUTORY = "statutory"
    CONFIRMATION = "confirmation"
    FOLLOW_UP = "follow_up"
    SURVEY = "survey"


RECIPIENTS = TEXTED_ROLES | {"enrolled"}
"""To whom a notice may be addressed; `enrolled` is who asked to be told of such an event."""

TOPIC_OF: Mapping[EventType, str] = {
    EventType.ARREST_MADE: "arrests",
    EventType.CASE_ASSIGNED: "updates",
    EventType.CASE_STATUS_CHANGED: "updates",
    EventType.CASE_CLOSED: "updates",
}
"""What one enrolls for to be told of an event. For any other event nobody is enrolled."""

_OF_THE_CONVERSATION = frozenset({NoticeClass.SAFETY, NoticeClass.ANSWER})
"""What answers a text, and so goes out even after STOP. No notice may call itself so."""

WAITS_FOR_MORNING = frozenset({NoticeClass.FOLLOW_UP, NoticeClass.SURVEY})
"""The classes that quiet hours hold back (47 CFR 64.1200 speaks of 8 to 21 o'clock at the recipient's)."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected an IANA time zone such as America/Phoenix")
    return name


def _phone(number: str) -> str:
    try:
        parsed = phonenumbers.parse(str(number), "US")
    except phonenumbers.NumberParseException:
        parsed = None
    # "Possible" to the library is also a number without its area code, and 911.
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    if parsed is None or phonenumbers.is_possible_number_with_reason(parsed) != possible:
        raise ValueError("expected a phone number such as +15205550100")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _condition(text: Any) -> Any:
    if not isinstance(text, str):
        raise ValueError("expected a CEL expression in quotes")
    try:
        return Condition(text)
    except BadCondition as error:
        raise ValueError(str(error)) from error


def _code(text: Any) -> str:
    if isinstance(text, str | int | float) and not isinstance(text, bool) and (code := code_of(text)):
        return code
    raise ValueError("expected a code, as the dispatch or records system writes it")


def _clock(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall clock has no zone
    raise ValueError("expected a time of day in quotes, such as '21:00'")


def _recipient(text: Any) -> Any:
    if isinstance(text, str) and text in RECIPIENTS:
        return text
    raise ValueError(f"expected {', '.join(sorted(RECIPIENTS))}; nobody else is ever texted")


Phone = Annotated[str, BeforeValidator(str), AfterValidator(_phone)]
When = Annotated[Condition, BeforeValidator(_condition)]
Code = Annotated[str, BeforeValidator(_code)]
Clock = Annotated[time, BeforeValidator(_clock)]
Recipient = Annotated[Role | Literal["enrolled"], BeforeValidator(_recipient)]


class Division(Part):
    """A part of the city with its station and its investigators."""

    substation_phone: Phone
    unit_phones: dict[str, Phone] = Field(default_factory=dict)
    """Unit (`property`, `person`, `fraud` ...) -> phone of its investigators."""


class Agency(Part):
    """Who the agency is, as people read it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,30}$")
    name: str = Field(min_length=2, max_length=24, description="as it stands at the head of every text")
    long_name: str
    time_zone: Annotated[str, AfterValidator(_zone)]
    language: Language = "en"
    phone: Phone
    """Where a person answers: the non-emergency line."""
    records_phone: Phone
    advocate_phone: Phone | None = None
    vine: str | None = None
    text_to_911: bool = True
    on_call: tuple[Phone, ...] = ()
    """Phones of staff who are paged for distress."""
    never_text: tuple[Phone, ...] = ()
    """The agency's own lines: dispatch, stations, officers' phones."""
    divisions: dict[str, Division] = Field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Conversation(Part):
    """How the line talks with people."""

    verify_by: Literal["birth_date", "last_name"] = "birth_date"
    """What a number that stands on no report must know beside the report number."""
    ask_what_to_stop: bool = False
    """True where the confirmation of STOP asks whether news of an arrest may still come (47 CFR 64.1200(a)(12))."""
    offer_languages: tuple[Language, ...] = ("es",)
    """The likeliest languages beside the agency's own: whoever's language is not known is told of them, once."""
    fold_accents: bool = False
    """True where Spanish and French may lose accents if that makes a text cheaper."""


class QuietHours(Part):
    """Between these local times, follow-ups and surveys wait. The same begin and end: there are none."""

    begin: Clock = time(21)
    end: Clock = time(8)
    statutory: bool = False
    """True where the agency's statutory notices wait too; by default they go at any hour."""


class Allowed(Part):
    """The allow-lists: what is not named here is never texted."""

    call_types: frozenset[Code]
    offenses: frozenset[Code]
    highest_priority: frozenset[Code] = frozenset()
    """Priorities of the dispatch system that are never texted."""
    priority_required: bool = True
    """A call without a priority is not texted; False only for a feed that has none."""
    not_texted: frozenset[Code] = frozenset()
    """Call types that the agency knows and does not text: they open no task as unknown ones do."""


class NoticeRule(Part):
    """One notice: on which event, to whom, under which condition, how and until when."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_.]*$")
    on: EventType
    to: tuple[Recipient, ...] = Field(min_length=1)
    """A number that stands for several parties is texted once, as the first of these."""
    when: When | None = None
    message: tuple[str, ...] = Field(default=(), min_length=1)
    """Message ids of `locales/`; one whose fact is missing is left out, except the first."""
    survey: str | None = None
    """The id of a survey in `rules/surveys`, whose first question is the message; no other is given then."""
    notice_class: NoticeClass = Field(alias="class")
    delay: Duration = timedelta(0)
    expires: Duration
    """Life of the notice, from the event's time: older than this, it says nothing."""
    page: bool = False
    """Makes a page of the long form; the message then has a `{link}` to it."""
    owed: bool = False
    """Owed by law or promise: if it may not go out automatically, a person gets a task."""
    task_within: Duration = timedelta(hours=24)


class Policy(Part):
    """Everything an agency decides."""

    agency: Agency
    allowed: Allowed
    quiet_hours: QuietHours = QuietHours()
    conversation: Conversation = Conversation()
    notices: tuple[NoticeRule, ...]
    texts: dict[str, dict[Language, str]] = Field(default_factory=dict)
    """The agency's own wording: message id -> language -> sentence."""

    @cached_property
    def wording(self) -> Mapping[tuple[str, str], str]:
        """The same as `locales` looks it up: (message id, language) -> sentence."""
        return {
            (name, code): said for name, sentences in self.texts.items() for code, said in sentences.items()
        }


@dataclass(frozen=True)
class PinnedPolicy:
    """A policy with the hash by which every decision names it."""

    policy: Policy
    hash: str
    source: str


def load(
    path: Path, known_messages: frozenset[str] | None = None, known_surveys: frozenset[str] | None = None
) -> PinnedPolicy:
    """Read and check a policy file. `known_messages` and `known_surveys` are the ids that a notice may use.

    Raises BadPolicy with every mistake found, each with its line.
    """
    return parse(read_text(path, BadPolicy), str(path), known_messages, known_surveys)


def parse(
    source: str,
    name: str,
    known_messages: frozenset[str] | None = None,
    known_surveys: frozenset[str] | None = None,
) -> PinnedPolicy:
    """Like `load`, for a text that was read elsewhere; `name` stands in the error messages."""
    file = parse_yaml(source, name, BadPolicy, "agency, allowed and notices")
    try:
        policy = Policy.model_validate(file.plain)
    except ValidationError as error:
        found = [(each["loc"], expected(each, _KIND)) for each in error.errors(include_url=False)]
        raise BadPolicy(file.told(found)) from error
    if mistakes := list(_inconsistencies(policy, known_messages, known_surveys)):
        raise BadPolicy(file.told(mistakes))
    return PinnedPolicy(policy, file.hash, source)


_KIND = "a policy; see rules/policies/template.yaml"


def _inconsistencies(
    policy: Policy, known_messages: frozenset[str] | None, known_surveys: frozenset[str] | None
) -> Iterator[tuple[Where, str]]:
    """What is right line by line and yet wrong together."""
    seen: set[str] = set()
    for index, notice in enumerate(policy.notices):
        at: Where = ("notices", index)
        if notice.id in seen:
            yield (*at, "id"), f"{notice.id} is there twice; expected each notice once"
        seen.add(notice.id)
        yield from _wrong_notice(notice, at)
        yield from _wrong_words(notice, at, known_messages, known_surveys)
    yield from _wrong_offers(policy.conversation)
    yield from _wrong_lists(policy.allowed)
    yield from _wrong_texts(policy, known_messages)


def _wrong_notice(notice: NoticeRule, at: Where) -> Iterator[tuple[Where, str]]:
    """About whom, to whom, when and as what."""
    if notice.delay >= notice.expires:
        yield (*at, "expires"), "expected a life longer than the delay"
    if notice.notice_class in _OF_THE_CONVERSATION:
        yield (*at, "class"), "expected statutory, confirmation, follow_up or survey"
    if notice.notice_class is NoticeClass.STATUTORY and not notice.owed:
        yield (*at, "owed"), "expected yes, since the law's notice is owed if it can't be texted"
    if notice.page and notice.on.about != "case":
        yield (*at, "page"), "only a report has a page; expected a report's or a case's event"
    if notice.on is EventType.FEED_HEARTBEAT:
        yield (*at, "on"), "a heartbeat is about nobody; expected another event"
    if "enrolled" in notice.to and notice.on not in TOPIC_OF:
        what = f"nobody enrolls for {notice.on}; expected enrolled only with {', '.join(sorted(TOPIC_OF))}"
        yield (*at, "to", notice.to.index("enrolled")), what
    if notice.when and (other := ({"call", "case"} - {notice.on.about}) & notice.when.names):
        what = f"{notice.on} is about a {notice.on.about}; expected nothing about a {other.pop()}"
        yield (*at, "when"), what


def _wrong_words(
    notice: NoticeRule, at: Where, known_messages: frozenset[str] | None, known_surveys: frozenset[str] | None
) -> Iterator[tuple[Where, str]]:
    """What it says: sentences, or a survey's first question."""
    for part in notice.message:
        if known_messages is not None and part not in known_messages:
            yield (*at, "message"), f"no message {part!r} in the catalogs"
    if notice.survey is None:
        if not notice.message:
            yield (*at, "message"), "is missing; expected sentences, or a survey"
        return
    if known_surveys is not None and notice.survey not in known_surveys:
        known = ", ".join(sorted(known_surveys)) or "none, since there are no surveys"
        yield (*at, "survey"), f"no survey {notice.survey!r} in rules/surveys; expected {known}"
    if notice.message:
        yield (*at, "message"), "expected none beside a survey, which has its own sentences"
    if notice.notice_class is not NoticeClass.SURVEY:
        yield (*at, "class"), "expected survey, since the notice asks one"
    if notice.page:
        yield (*at, "page"), "expected no: a survey's sentences have no link to a page"
    if notice.owed:
        yield (*at, "owed"), "expected no: a survey is owed to nobody"


def _wrong_offers(conversation: Conversation) -> Iterator[tuple[Where, str]]:
    offered = conversation.offer_languages
    for index, language in enumerate(offered):
        if language in offered[:index]:
            what = f"{language} is there twice; expected each language once"
            yield ("conversation", "offer_languages", index), what


def _wrong_lists(allowed: Allowed) -> Iterator[tuple[Where, str]]:
    if allowed.priority_required and not allowed.highest_priority:
        what = "expected at least one, or priority_required: no for a feed that has no priorities"
        yield ("allowed", "highest_priority"), what
    for code in sorted(allowed.call_types):
        if subject := never_texted(code):
            what = f"is never texted ({subject} in rules/never.yaml); expected another call type"
            yield ("allowed", "call_types", code), what
    for code in sorted(allowed.call_types & allowed.not_texted):
        yield ("allowed", "not_texted", code), "is among call_types too; expected it in one list"
    texted = {code for code, offense in offenses().items() if offense.stance == "texted"}
    for code in sorted(allowed.offenses - texted):
        yield ("allowed", "offenses", code), "expected a NIBRS code that may be texted"


def _wrong_texts(policy: Policy, known_messages: frozenset[str] | None) -> Iterator[tuple[Where, str]]:
    for message_id, sentences in policy.texts.items():
        if known_messages is not None and message_id not in known_messages:
            yield ("texts", message_id), "no message of that name in the catalogs"
        for language, sentence in sentences.items():
            if strangers := sorted(set(re.findall(r"\{([^{}]*)\}", sentence)) - FACTS):
                what = f"{{{strangers[0]}}} is no fact; expected {', '.join(sorted(FACTS))}"
                yield ("texts", message_id, language), what
