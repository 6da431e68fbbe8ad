"""How many segments a text is billed as.

Its own count on purpose: a carrier that counted with the application's code would repeat its mistakes.
"""

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_ESCAPED = frozenset("^{}\\[~]|€\f")  # two septets each
GSM7_ALL = GSM7 | GSM7_ESCAPED

GSM7_SINGLE, GSM7_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67


def count_segments(body: str) -> int:
    """Segments of `body`; an empty text is one. No character straddles two segments."""
    if GSM7_ALL.issuperset(body):
        if len(body) <= GSM7_SINGLE and GSM7_ESCAPED.isdisjoint(body):
            return 1
        return _fill([2 if c in GSM7_ESCAPED else 1 for c in body], GSM7_SINGLE, GSM7_PART)
    return _fill([2 if ord(c) > 0xFFFF else 1 for c in body], UCS2_SINGLE, UCS2_PART)


def _fill(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    segments, room = 1, part
    for width in widths:
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return segments
