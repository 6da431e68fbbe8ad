"""The CloudEvents that feeds send, one model of `data` for each type. What passes here is a canonical event.

CloudEvents 1.0 (github.com/cloudevents/spec). Phones are made E.164 here, times aware UTC, and nothing is kept that
PostgreSQL can't hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import phonenumbers
from phonenumbers import ValidationResult
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from rules.values import Event, EventType, Role

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("expected text without control characters")
    text.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    if not text.strip():
        raise ValueError("expected more than spaces")
    return text.strip()


def _sane(time: datetime) -> datetime:
    """Far from the ends of the calendar, where changing the time zone is an error."""
    if not 1900 <= time.year <= 2200:
        raise ValueError("expected a year from 1900 to 2200")
    return time


@lru_cache(8192)
def _phone(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        parsed = None
    # Not IS_POSSIBLE_LOCAL_ONLY: seven digits reach another person in each area code.
    if parsed is None or phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        raise ValueError("expected a phone number such as +15205550100 or 520-555-0100")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _contact(text: str) -> str:
    """A phone if it is one, else as it is: an officer may be reached by email."""
    try:
        return _phone(text)
    except ValueError:
        return text.lstrip("+")


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Code = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain)]
Number = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_plain)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_plain), AfterValidator(_phone)]
Contact = Annotated[
    str, Field(min_length=3, max_length=120), AfterValidator(_plain), AfterValidator(_contact)
]
Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Language = Literal["en", "es", "fr", "ar", "sw", "fa"]
Status = Literal["open", "assigned", "inactive", "arrest", "prosecutor", "closed"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Officer(_Data):
    """The officer whom a text may name."""

    name: Name | None = None
    contact: Contact | None = Field(None, description="phone or email")


class PartyData(_Data):
    """A person on a call or a case; `id` is stable within it."""

    role: Role
    id: Slug | None = Field(None, description="defaults to the role")
    name: Name | None = None
    phone: Phone | None = None
    email: (
        Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(_plain)] | None
    ) = None
    address: tuple[Name, ...] | None = Field(
        None, max_length=6, description="postal, below the name, a line each"
    )
    language: Language | None = None
    class_of_service: Code | None = Field(None, description="of the phone line: WRLS, WPH1, WPH2, RESD ...")
    birth_date: date | None = None
    victim_type: Annotated[str, Field(pattern="^[A-Z]$")] | None = Field(
        None, description="NIBRS victim type"
    )
    relationships: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] | None = Field(
        None, max_length=99, description="NIBRS relationship of the victim to each offender"
    )
    represents: Slug | None = Field(None, description="id of the party who is represented")


class _WithParties(_Data):
    parties: tuple[PartyData, ...] = Field((), max_length=200)

    @field_validator("parties")
    @classmethod
    def _told_apart(cls, parties: tuple[PartyData, ...]) -> tuple[PartyData, ...]:
        """Two under one name would become one person, with the name of one and the phone of the other."""
        ids = [party.id or party.role.value for party in parties]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"two parties are called {twice}; expected an id of its own for each")
        return parties


class CallData(_WithParties):
    """What CAD says of a call; every field may come with any stage."""

    type_code: Code | None = None
    priority: Code | None = None
    how_received: Code | None = Field(None, description="911, non_emergency, officer ...")
    in_progress: bool | None = None
    district: Code | None = None
    disposition: Code | None = None
    officer: Officer | None = None
    report_number: Number | None = None


class NewCallData(CallData):
    """A call that just came in has a type."""

    type_code: Code


class ReportData(_WithParties):
    """What RMS says of a report."""

    offenses: tuple[Annotated[str, Field(pattern="^[0-9]{2,3}[A-Z]?$")], ...] | None = Field(
        None, max_length=20, description="NIBRS codes"
    )
    status: Status | None = None
    assigned_to: Name | None = None
    assigned_contact: Contact | None = Field(None, description="of who has the case: phone or email")
    officer: Officer | None = None
    division: Slug | None = None
    unit: Slug | None = None
    reported_at: Moment | None = None
    call_number: Number | None = None


class NewReportData(ReportData):
    """A report that was just filed has at least one offense."""

    offenses: tuple[Annotated[str, Field(pattern="^[0-9]{2,3}[A-Z]?$")], ...] = Field(
        min_length=1, max_length=20
    )


class AssignedData(ReportData):
    """A detective or a unit has it now."""

    assigned_to: Name


class StatusData(ReportData):
    """Its status changed."""

    status: Status


class ArrestData(_WithParties):
    """Someone was arrested."""

    arrest_id: Number
    appearance: Name | None = Field(None, description="time and place of the first court appearance")
    custody_phone: Phone | None = None


class MergedData(_Data):
    """This report number goes on under another."""

    into: Number


class SplitData(_Data):
    """This report number has become several."""

    into: tuple[Number, ...] = Field(min_length=1, max_length=50)


class HeartbeatData(_Data):
    """The feed is alive."""


DATA: Mapping[EventType, type[_Data]] = {
    EventType.CALL_RECEIVED: NewCallData,
    EventType.CALL_DISPATCHED: CallData,
    EventType.CALL_DIVERTED: CallData,
    EventType.CALL_DELAYED: CallData,
    EventType.CALL_ARRIVED: CallData,
    EventType.CALL_RECLASSIFIED: NewCallData,
    EventType.CALL_CLOSED: CallData,
    EventType.CALL_CANCELED: CallData,
    EventType.REPORT_FILED: NewReportData,
    EventType.REPORT_UPDATED: ReportData,
    EventType.REPORT_MERGED: MergedData,
    EventType.REPORT_SPLIT: SplitData,
    EventType.CASE_ASSIGNED: AssignedData,
    EventType.CASE_STATUS_CHANGED: StatusData,
    EventType.CASE_CLOSED: ReportData,
    EventType.ARREST_MADE: ArrestData,
    EventType.FEED_HEARTBEAT: HeartbeatData,
}


class CloudEvent(BaseModel):
    """The envelope. `subject` is the call number or the report number; a heartbeat needs none."""

    model_config = ConfigDict(extra="allow", frozen=True)

    specversion: Literal["1.0"]
    source: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
    id: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
    type: EventType
    subject: Number | None = None
    time: Moment
    datacontenttype: Literal["application/json"] | None = None
    data: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _plain_extensions(self) -> CloudEvent:
        """CloudEvents 1.0: an extension is a text, a number or a truth value. Nothing deep is ever kept."""
        for value in (self.__pydantic_extra__ or {}).values():
            if not isinstance(value, str | int | float | bool | None):
                raise ValueError("expected plain values for all extension attributes")
        return self


class Rejected(ValueError):
    """An event that can't be taken: `field` is where, the text is what was expected."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def read(body: Any, history: bool = False) -> Event:
    """A CloudEvent, read whole. Raises Rejected with the first field that is wrong."""
    if not isinstance(body, dict):
        raise Rejected("", "expected a JSON object")
    try:
        envelope = CloudEvent.model_validate(body)
    except ValidationError as error:
        raise _rejected(error) from error
    try:
        data = DATA[envelope.type].model_validate(envelope.data)
    except ValidationError as error:
        raise _rejected(error, "data.") from error
    if envelope.subject is None and envelope.type is not EventType.FEED_HEARTBEAT:
        raise Rejected("subject", "is missing; expected the call number or the report number")
    return Event(
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject or "",
        time=envelope.time.astimezone(UTC),
        data=flatten(data),
        history=history,
    )


def flatten(data: BaseModel) -> dict[str, Any]:
    """The flat facts of `rules.records`: `officer.name`, `party.<id>.phone` ..., without what was not said."""
    told = data.model_dump(mode="json", exclude_none=True)
    parties = told.pop("parties", ())
    flat = {
        f"{name}.{inner}" if isinstance(value, dict) else name: (
            value[inner] if isinstance(value, dict) else value
        )
        for name, value in told.items()
        for inner in (value if isinstance(value, dict) else ("",))
    }
    for party in parties:
        party_id = party.pop("id", None) or party["role"]
        flat |= {f"party.{party_id}.{name}": value for name, value in party.items()}
    return flat


def _rejected(error: ValidationError, prefix: str = "") -> Rejected:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = prefix + ".".join(str(step) for step in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return Rejected(_writable(field), _writable(reason))


def _writable(text: str) -> str:
    """A feed's own field name may be anything, and must not break the answer that names it."""
    return text[:200].encode(errors="replace").decode()
