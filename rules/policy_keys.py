"""The keys of a policy: everything that an agency decides, as frozen values. `policies/template.yaml` explains each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field

from rules.conditions import BadCondition, Condition
from rules.values import TEXTED_ROLES, EventType, Role, code_of
from rules.yamlfile import Duration, Language, Part, meant


class NoticeClass(StrEnum):
    """What kind of message it is; decides quiet hours and precedence."""

    SAFETY = "safety"
    ANSWER = "answer"
    STATUTORY = "statutory"
    CONFIRMATION = "confirmation"
    FOLLOW_UP = "follow_up"
    SURVEY = "survey"


@lru_cache(8192)
def same_number(phone: str) -> str:
    """The same for each way of writing a US number: feeds differ, and a suspect's number must not slip through."""
    return "".join(c for c in phone if c.isdecimal())[-10:]


class Channel(StrEnum):
    """How a notice reaches a person."""

    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"


RECIPIENTS = TEXTED_ROLES | {"enrolled"}
"""To whom a notice may be addressed; `enrolled` is who asked to be told of such an event."""

TOPIC_OF: Mapping[EventType, str] = {
    EventType.ARREST_MADE: "arrests",
    EventType.CASE_ASSIGNED: "updates",
    EventType.CASE_STATUS_CHANGED: "updates",
    EventType.CASE_CLOSED: "updates",
}
"""What one enrolls for to be told of an event. For any other event nobody is enrolled."""

OF_THE_CONVERSATION = frozenset({NoticeClass.SAFETY, NoticeClass.ANSWER})
"""What answers a text, and so goes out even after STOP. No notice may call itself so."""

WAITS_FOR_MORNING = frozenset({NoticeClass.FOLLOW_UP, NoticeClass.SURVEY})
"""The classes that quiet hours hold back (47 CFR 64.1200 speaks of 8 to 21 o'clock at the recipient's)."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(
            f"expected an IANA time zone such as America/Phoenix{meant(name, available_timezones())}"
        )
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
    if isinstance(text, str) and (code := code_of(text)):
        return code
    if isinstance(text, int | float | date) or text is None:  # 09, 1e3, 2026-01-02, yes: not what was written
        raise ValueError(f'expected a code in quotes, such as "240": without them it was read as {text!r}')
    raise ValueError("expected a code, as the dispatch or records system writes it")


def _address(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?/\S*", text):
        return text
    raise ValueError("expected an address such as https://cases.police.example.gov/portal/")


def _email(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return text
    raise ValueError("expected an email address such as tidings@police.example.gov")


def _clock(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall clock has no zone
    raise ValueError("expected a time of day in quotes, such as '21:00'")


def _held_back(notice_class: NoticeClass) -> NoticeClass:
    if notice_class in OF_THE_CONVERSATION:
        raise ValueError("expected confirmation, follow_up, survey or statutory; an answer never waits")
    return notice_class


def _recipient(text: Any) -> Any:
    if isinstance(text, str) and text in RECIPIENTS:
        return text
    raise ValueError(
        f"expected {', '.join(sorted(RECIPIENTS))}; nobody else is ever texted{meant(text, RECIPIENTS)}"
    )


Phone = Annotated[str, BeforeValidator(str), AfterValidator(_phone)]
When = Annotated[Condition, BeforeValidator(_condition)]
Portal = Annotated[str, BeforeValidator(_address)]
Email = Annotated[str, BeforeValidator(_email)]
Code = Annotated[str, BeforeValidator(_code)]
Clock = Annotated[time, BeforeValidator(_clock)]
HeldBack = Annotated[NoticeClass, AfterValidator(_held_back)]
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
    email: Email | None = None
    """From where its emails come. Without it there are none."""
    portal: Portal | None = None
    """Where its victims' portal opens, on a host of its own. Without it no text may invite to it."""
    head: str | None = None
    """Who signs its letters, with the title: "Chief Alex Example"."""
    address: tuple[str, ...] = ()
    """Where letters that can't be delivered go back to, a line each. Without it there are no letters."""
    rights: tuple[str, ...] = ()
    """Message ids of what the page behind a notice says of a victim's rights."""
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


class Hours(Part):
    """From one local time to another, over midnight or not. The same begin and end: none at all."""

    begin: Clock = time(21)
    end: Clock = time(8)


class QuietHours(Hours):
    """Between these local times, follow-ups and surveys wait."""

    statutory: bool = False
    """True where the agency's statutory notices wait too; by default they go at any hour."""
    classes: dict[HeldBack, Hours] = Field(default_factory=dict)
    """Hours of its own for a class of notices, in place of those above, or of none."""

    def of(self, notice_class: NoticeClass) -> Hours | None:
        """When notices of this class wait; None where they go at any hour."""
        if own := self.classes.get(notice_class):
            return own
        waits = self.statutory if notice_class is NoticeClass.STATUTORY else notice_class in WAITS_FOR_MORNING
        return self if waits else None


class Channels(Part):
    """When a notice goes on to its next channel."""

    undelivered_after: Duration = timedelta(hours=6)
    """A text that nobody said was delivered by then did not reach."""


class Surge(Part):
    """How many notices of one kind may be written in an hour before they are held for a person to release."""

    hourly: int = Field(default=500, ge=1)
    times_usual: float = Field(default=5, ge=1)
    """Times as many as in the busiest hour of the last four weeks."""
    at_least: int = Field(default=50, ge=1)
    """So many are never a surge, however quiet it was."""


class Feed(Part):
    """What is expected of the dispatch system's feed."""

    silent_after: Duration = timedelta(minutes=15)
    """After so long without a word from it, staff are told, and nobody is told of a delay: it would be a guess."""


class Study(Part):
    """Who gets notices and who, for comparison, does not. Rights and arrests are told to all."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    """Decides, with the number of the report, who is in which group: a new name draws anew."""
    begin: date
    end: date
    """The last day."""
    divisions: frozenset[str] = frozenset()
    """Those that take part; none named means all."""
    without: float = Field(default=0.5, gt=0, lt=1)
    """The share of group B, that gets no notices."""


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
    topics: dict[Code, str] = Field(default_factory=dict)
    """Call type -> what it is about (`rules/topics.yaml`), where its own name does not tell."""


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
    by: tuple[Channel, ...] = (Channel.TEXT,)
    """The first of these by which a person can be reached; the next where it fails."""
    together: bool = False
    """True where text and email go at once, and neither waits for the other to fail."""
    until: frozenset[EventType] = frozenset()
    """Of a call: the stages that end it. Such a notice tells of what has not happened, so a silent feed ends it too."""
    same_as: str | None = None
    """Another notice that tells the same: whom one of them told, the other does not tell again."""
    study: bool = False
    """True where a study may keep it from its group B."""
    owed: bool = False
    """Owed by law or promise: if it may not go out automatically, a person gets a task."""
    task_within: Duration = timedelta(hours=24)

    @property
    def tells(self) -> str:
        """What it tells, by which it is known whether somebody has been told."""
        return self.same_as or self.id


class Policy(Part):
    """Everything an agency decides."""

    agency: Agency
    allowed: Allowed
    quiet_hours: QuietHours = QuietHours()
    conversation: Conversation = Conversation()
    channels: Channels = Channels()
    surge: Surge = Surge()
    feed: Feed = Feed()
    studies: tuple[Study, ...] = ()
    notices: tuple[NoticeRule, ...]
    texts: dict[str, dict[Language, str]] = Field(default_factory=dict)
    """The agency's own wording: message id -> language -> sentence."""

    @cached_property
    def wording(self) -> Mapping[tuple[str, str], str]:
        """The same as `locales` looks it up: (message id, language) -> sentence."""
        return {
            (name, code): said for name, sentences in self.texts.items() for code, said in sentences.items()
        }

    def rule(self, notice_id: str) -> NoticeRule | None:
        """The rule of that name; None for an answer, and for one that this policy knows no more."""
        return self._rules.get(notice_id)

    @cached_property
    def own_numbers(self) -> frozenset[str]:
        """The lines of the agency, its stations and its staff, as `same_number` compares them."""
        agency = self.agency
        own = [agency.phone, agency.records_phone, agency.advocate_phone, *agency.never_text, *agency.on_call]
        for division in agency.divisions.values():
            own += [division.substation_phone, *division.unit_phones.values()]
        return frozenset(same_number(phone) for phone in own if phone)

    def telling(self, tells: str) -> tuple[NoticeRule, ...]:
        """All rules that tell the same thing."""
        return self._telling.get(tells, ())

    @cached_property
    def _telling(self) -> Mapping[str, tuple[NoticeRule, ...]]:
        return {
            tells: tuple(rule for rule in self.notices if rule.tells == tells)
            for tells in {rule.tells for rule in self.notices}
        }

    @cached_property
    def _rules(self) -> Mapping[str, NoticeRule]:
        return {rule.id: rule for rule in self.notices}
