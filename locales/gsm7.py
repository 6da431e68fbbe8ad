"""The alphabet of cheap texts: GSM 03.38, default and extension table (3GPP TS 23.038, section 6.2.1)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One septet each."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape and a character."""

ALPHABET = BASIC | EXTENSION


def fits(text: str) -> bool:
    """Whether the whole text can be sent in GSM-7."""
    return ALPHABET.issuperset(text)


def septets(text: str) -> int:
    """How many septets such a text takes."""
    return len(text) + sum(map(text.count, EXTENSION))
