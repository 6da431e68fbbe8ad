"""Writing a text with the characters of the cheap alphabet, where nothing is lost or little.

One character outside GSM-7 more than halves what fits into a segment. Text in Arabic script costs that in
any case, so folding leaves it alone.
"""

import unicodedata

from locales.bidi import has_rtl
from locales.gsm7 import ALPHABET

_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛‹›′´`ʼʻʹ＇", "'"),
        **dict.fromkeys("‐‑‒–—―−⁃•·", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "\u2028": "\n",
        "\u2029": "\n",
        "…": "...",
        "⁄": "/",
        "÷": "/",
        "×": "x",
        "¼": "1/4",
        "½": "1/2",
        "¾": "3/4",
    }
)

_LETTERS = {"ª": "a", "º": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i"}
"""Letters that Unicode does not take for a plain one with an accent."""


def fold(text: str) -> str:
    """Typographic quotes, dashes, spaces, dots and fractions as a typewriter has them; else unchanged."""
    if has_rtl(text):
        return text
    return unicodedata.normalize("NFC", text).translate(_TYPOGRAPHIC)


def fold_accents(text: str) -> str:
    """Without the accents that GSM-7 lacks: á becomes a, while é, ñ and ü stay. Some words change meaning."""
    if has_rtl(text):
        return text
    return "".join(_plain(character) for character in unicodedata.normalize("NFC", text))


def _plain(character: str) -> str:
    if character in ALPHABET:
        return character
    if character in _LETTERS:
        return _LETTERS[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base in ALPHABET else character
