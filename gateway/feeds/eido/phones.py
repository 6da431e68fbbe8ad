"""The number that a person can be reached at, and what kind of line it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from pydantic import TypeAdapter, ValidationError

from gateway.feeds.eido.components import Components, Found, Problems, texts
from gateway.feeds.eido.words import LANDLINES, SERVICES, word_of
from gateway.feeds.schema import Phone

_PHONE: TypeAdapter[str] = TypeAdapter(Phone)
_MOST_URIS = 20
_SERVICE_TYPE = re.compile(r"<(?:\w{1,40}:)?ServiceType>\s{0,40}([\w-]{1,40})")
_SERVICE_ENVIRONMENT = re.compile(r"<(?:\w{1,40}:)?ServiceEnvironment>\s{0,40}([\w-]{1,40})")
"""The XML inside is not parsed: two words of it are wanted, and a parser can be made to choke."""


class Phones:
    """The phones of one EIDO, each looked up once, however many refer to it."""

    def __init__(self, parts: Components, problems: Problems) -> None:
        self._parts = parts
        self._problems = problems
        self._numbers: dict[str, str | None] = {}
        self._services: dict[str, str | None] = {}

    def number(self, sources: Iterable[Found]) -> str | None:
        """Of people and calls, the first that can be called back: E.164."""
        return next((number for source in sources if (number := self._number_of(source))), None)

    def service(self, sources: Iterable[Found]) -> str | None:
        """The class of service, as NENA's location data names it: WRLS, RESD, COIN ..."""
        return next((service for source in sources if (service := self._service_of(source))), None)

    def _number_of(self, source: Found) -> str | None:
        callbacks = self._parts.referred("callbackComponent", source, "callBackReference")
        return _first(self._numbers, source, (self._number_in(callback) for callback in callbacks))

    def _number_in(self, callback: Found) -> str | None:
        return _first(self._numbers, callback, (self._read(where, uri) for where, uri in _uris(callback)))

    def _read(self, pointer: str, uri: str) -> str | None:
        try:
            return _PHONE.validate_python(_dialed(uri))
        except ValidationError:
            self._problems.add(pointer, "expected a phone number, such as tel:+15205550131; it is left out")
            return None

    def _service_of(self, source: Found) -> str | None:
        data = self._parts.referred("additionalDataComponent", source, "additionalDataReference")
        kind = "".join(texts(source.get("standardPrimaryCallType"))[:1])
        told = (self._service_in(one) for one in data)
        return _first(self._services, source, chain(told, [SERVICES.get(word_of(kind))]))

    def _service_in(self, data: Found) -> str | None:
        return _first(self._services, data, map(_service_in, [data.get("additionalDataByValue")]))


def _first(known: dict[str, str | None], where: Found, told: Iterable[str | None]) -> str | None:
    if where.pointer not in known:
        known[where.pointer] = next(filter(None, told), None)
    return known[where.pointer]


def _uris(callback: Found) -> Iterator[tuple[str, str]]:
    """A number that was corrected before the one that the call came from, and tel: before sip:."""
    updated = callback.get("updatedCbn")
    for one in updated[:_MOST_URIS] if isinstance(updated, list) else [updated]:
        for uri in texts(one.get("updatedCbnIdentifierUri") if isinstance(one, Mapping) else None):
            yield callback.at("updatedCbn"), uri
    told = texts(callback.get("callBackInformationUri"))[:_MOST_URIS]
    for uri in sorted(told, key=lambda uri: not uri.lower().startswith("tel:")):
        yield callback.at("callBackInformationUri"), uri


def _dialed(uri: str) -> str:
    """The digits of `tel:+15205550131;phone-context=...` or `sip:5205550131@provider;user=phone`."""
    return re.sub(r"^(tel|sips?):", "", uri.strip(), flags=re.IGNORECASE).split("@")[0].split(";")[0]


def _service_in(told: object) -> str | None:
    """EmergencyCallData.ServiceInfo (RFC 7852)."""
    if not isinstance(told, str):
        return None
    kind, place = _SERVICE_TYPE.search(told), _SERVICE_ENVIRONMENT.search(told)
    if kind and word_of(kind[1]) == "POTS":
        return LANDLINES.get(word_of(place[1]) if place else "", "RESD")
    return SERVICES.get(word_of(kind[1])) if kind else None
