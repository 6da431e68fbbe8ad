"""What a text costs: how a carrier cuts it into segments, each of them billed.

The reference is Twilio's public calculator (github.com/TwilioDevEd/message-segment-calculator).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from locales import gsm7
from locales.folding import fold, fold_accents
from locales.graphemes import goes_with, graphemes

Encoding = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True)
class Billing:
    """`units` are septets in GSM-7 and UTF-16 units in UCS-2; `characters` are Unicode's."""

    encoding: Encoding
    segments: int
    characters: int
    units: int


_ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
"""The units that fit when one segment is enough. Several carry a header each, so that phones join them."""

_TOGETHER: dict[tuple[Encoding, bool], int] = {
    ("GSM-7", False): 153,
    ("UCS-2", False): 67,
    ("GSM-7", True): 152,
    ("UCS-2", True): 66,
}
"""The units of each of several, by encoding and whether the sender is toll-free."""


def bill(text: str, toll_free: bool = False) -> Billing:
    """How the text is billed. An empty text counts as one segment, as with Twilio."""
    encoding: Encoding = "GSM-7" if gsm7.fits(text) else "UCS-2"
    units = gsm7.septets(text) if encoding == "GSM-7" else _utf16_units(text)
    segments = 1 if units <= _ALONE[encoding] else _packed(text, encoding, _TOGETHER[encoding, toll_free])
    return Billing(encoding, segments, len(text), units)


def cheapest(text: str, accents: bool = False, toll_free: bool = False) -> str:
    """The wording with the fewest segments, and among equals the one that changes least.

    Typographic characters may be folded always; accents only where the agency allows it.
    """
    folded = fold(text)
    wordings = dict.fromkeys((text, folded, fold_accents(folded) if accents else folded))
    if len(wordings) == 1:
        return text
    return min(wordings, key=lambda wording: bill(wording, toll_free).segments)


def _packed(text: str, encoding: Encoding, room: int) -> int:
    """How many segments the text fills; an escape and what a reader takes for one character stay together."""
    if encoding == "GSM-7" and gsm7.septets(text) == len(text):
        return -(-len(text) // room)  # no escapes, so that nothing has to stay together
    if encoding == "UCS-2" and not _HELD_TOGETHER.search(text):
        return _cut(text, room)
    segments, free = 1, room
    for size in _sizes(text, encoding, room):
        if size > free:
            segments, free = segments + 1, room
        free -= size
    return segments


_HELD_TOGETHER = re.compile("[\u200d\U00010000-\U0010ffff]")
"""What may be several units that only go together: emoji and what joins them. Few texts hold any."""


def _cut(text: str, room: int) -> int:
    """The same for a text in which only marks go with the letter before them: it is cut, and not walked through."""
    segments, start = 1, 0
    while len(text) - start > room:
        end = start + room
        while end > start and goes_with(text[start:end], text[end]):
            end -= 1
        start = end if end > start else start + room
        segments += 1
    return segments


def _sizes(text: str, encoding: Encoding, room: int) -> Iterable[int]:
    if encoding == "GSM-7":
        return map(gsm7.septets, text)
    return (
        size
        for cluster in graphemes(text)
        for size in ([_utf16_units(cluster)] if _utf16_units(cluster) <= room else map(_utf16_units, cluster))
    )


def _utf16_units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
