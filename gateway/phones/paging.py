"""Twilio's list of messages: filters, pages, and the envelope around a page."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode

from gateway.phones.archive import Archive
from gateway.phones.contract import LIST, PAGE_SIZES, violations
from gateway.phones.errors import Refusal
from gateway.phones.message import Message

DEFAULT_PAGE_SIZE = 50
DAY = 86400
AFTER, BEFORE = "PA", "PB"  # a page token: the page after, or before, the message whose SID follows


@dataclass(frozen=True)
class Query:
    """What is asked for. Times are seconds since the epoch, both ends included."""

    given: Mapping[str, str]
    since: float
    until: float
    size: int
    page: int

    def admits(self, message: Message) -> bool:
        """A message that has not been sent yet is found by the time at which it was accepted."""
        when = int(message.created if message.sent is None else message.sent)
        return (
            not message.gone
            and message.to == self.given.get("To", message.to)
            and message.sender == self.given.get("From", message.sender)
            and self.since <= when <= self.until
        )

    def link(self, path: str, page: int, token: str | None) -> str:
        """The address of another page of the same list, relative to the API's host."""
        kept = {name: value for name, value in self.given.items() if not name.startswith("Page")}
        place = {"PageSize": str(self.size), "Page": str(page)} | ({"PageToken": token} if token else {})
        return f"{path}?{urlencode(kept | place)}"


def parse(params: Mapping[str, str]) -> Query:
    """Raises Refusal 20001 that names what is wrong.

    A date alone means the whole day, GMT; so does `DateSent`, whatever time it comes with.
    """
    if wrong := violations(LIST, params, whole=False):
        raise Refusal(20001, f"Invalid parameter: {', '.join(wrong)}")
    since, until = float("-inf"), float("inf")
    if day := params.get("DateSent"):
        since = _seconds(day[:10])
        until = since + DAY - 1
    if after := params.get("DateSent>"):
        since = max(since, _seconds(after))
    if before := params.get("DateSent<"):
        until = min(until, _seconds(before) + (0 if "T" in before else DAY - 1))
    return Query(
        given=params,
        since=since,
        until=until,
        size=min(max(int(params.get("PageSize", DEFAULT_PAGE_SIZE)), PAGE_SIZES[0]), PAGE_SIZES[-1]),
        page=int(params.get("Page", 0)),
    )


def _seconds(text: str) -> float:
    """Raises Refusal 20001 for a date that no calendar has."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(20001, f"Invalid date {text}: {error}") from error
    return at.replace(tzinfo=UTC).timestamp()


def page_of(
    archive: Archive, query: Query, path: str, hidden: Callable[[Message], bool]
) -> dict[str, object]:
    """One page, newest first, in Twilio's envelope.

    A token names a message, not a position: messages that arrive meanwhile shift nothing.
    """
    token = query.given.get("PageToken", "")
    candidates = (
        message for message in _from(archive, query, token) if query.admits(message) and not hidden(message)
    )
    messages = list(islice(candidates, query.size + 1))
    more, messages = len(messages) > query.size, messages[: query.size]
    if token.startswith(BEFORE):
        messages.reverse()
        more = True
    start = query.page * query.size
    first, last = (messages[0].sid, messages[-1].sid) if messages else ("", "")
    return {
        "messages": [message.resource() for message in messages],
        "page": query.page,
        "page_size": query.size,
        "start": start,
        "end": start + max(len(messages) - 1, 0),
        "uri": query.link(path, query.page, token or None),
        "first_page_uri": query.link(path, 0, None),
        "next_page_uri": query.link(path, query.page + 1, AFTER + last) if more and messages else None,
        "previous_page_uri": query.link(path, query.page - 1, BEFORE + first)
        if query.page and messages
        else None,
    }


def _from(archive: Archive, query: Query, token: str) -> Iterator[Message]:
    """From where the token points: downwards in time, or upwards for a page before.

    Raises Refusal 20001 for a token of a message there never was.
    """
    known = archive.of(query.given.get("To", query.given.get("From")))
    if not token:
        return reversed(known)
    mark = archive.find(token[len(AFTER) :])
    if mark is None:
        raise Refusal(20001, "Invalid parameter: PageToken")
    place = bisect_left(known, mark.order, key=lambda message: message.order)
    if token.startswith(BEFORE):
        return iter(known[place + 1 :])
    return reversed(known[:place])
