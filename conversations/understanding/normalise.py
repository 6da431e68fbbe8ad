"""One spelling for the many that phones produce, so that the word lists need only one.

Two strengths. `normalise` is for anybody who compares a text with a word. `skeleton` also makes every doubled
letter single, because a doubled letter is the commonest spelling error; only the matching of phrases uses it.
"""

import re
import unicodedata

# Dropped without a trace: don't, don’t and dont are one word.
_APOSTROPHES = "'’‘‛`´ʼʻʹ′＇ʽ"

# What Unicode's own decompositions leave apart. Hamza on alef, waw and yeh is a mark and falls with the marks.
# Teh marbuta becomes heh: in texts the two dots are left out as often as written, and no word of ours differs by
# them alone.
_LETTERS = {
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ے": "ي",
    "ک": "ك",
    "ڪ": "ك",
    "ة": "ه",
    "ە": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ۃ": "ه",
    "ڤ": "ف",
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "ß": "ss",
    "œ": "oe",
    "æ": "ae",
    "ـ": "",
}
# The two pictures that stand for a command word, and the one that stands for thanks.
_PICTURES = {"🛑": " stop ", "🆘": " sos ", "🙏": " thanks "}

_LETTER_RUN = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_SPELT_OUT = re.compile(r"(?<!\S)[a-z](?: [a-z]){3,}(?!\S)")
_PERSIAN_PREFIX = re.compile(r"(?<!\S)(ن?مي) (?=\S)")
_PERSIAN_SUFFIX = re.compile(r"(?<=\S) (ها|هاي)(?!\S)")


def _letter(character: str) -> str:
    """Return what one character of decomposed text becomes: letters, an ASCII digit, a space, or nothing."""
    if character in _APOSTROPHES:
        return ""
    if character in _PICTURES:
        return _PICTURES[character]
    if character in _LETTERS:
        return _LETTERS[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "LN" or category == "Mc":
        return character
    # Marks and invisible format characters (joiners, direction marks, soft hyphens) vanish; the rest separates.
    return "" if category[0] == "M" or category == "Cf" else " "


class _Table(dict[int, str]):
    """A translation table that works out a character when it first meets it, and remembers the usual ones."""

    def __missing__(self, codepoint: int) -> str:
        result = _letter(chr(codepoint))
        if codepoint < 0x3000:
            self[codepoint] = result
        return result


_TABLE = _Table()
_BEFORE_DECOMPOSITION = {ord(mark): None for mark in _APOSTROPHES} | {ord("İ"): "i"}


def _fold(text: str) -> str:
    """Return the text decomposed and caseless. Twice, since case folding can make what decomposes again."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.translate(_BEFORE_DECOMPOSITION))
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())


def join_persian(text: str) -> str:
    """Return the text with Persian prefixes and plurals joined to their word: with a space, a ZWNJ or nothing
    between, it is the same word, and people write all three."""
    if "مي " in text:
        text = _PERSIAN_PREFIX.sub(r"\1", text)
    if " ها" in text:
        text = _PERSIAN_SUFFIX.sub(r"\1", text)
    return text


def _once(text: str) -> str:
    text = " ".join(_fold(text).translate(_TABLE).split())
    text = _LETTER_RUN.sub(r"\1", text)
    return _SPELT_OUT.sub(lambda spelt: spelt[0].replace(" ", ""), join_persian(text))


def normalise(text: str) -> str:
    """Return the text as words of plain letters and ASCII digits, one space apart; "" where it holds none.

    Any str is accepted, lone surrogates and NULs included. `normalise(normalise(t)) == normalise(t)`.
    """
    once = _once(text)
    # One pass settles nearly every text; a joined word can form a new run of letters, so go on until it rests.
    # Every further pass makes the text shorter, so this ends.
    while (again := _once(once)) != once:
        once = again
    return once


def skeleton(text: str) -> str:
    """Return the normalised text with doubled letters made single: "Helllo", "hello" and "helo" are the same."""
    return _squeeze(normalise(text))


def _squeeze(words: str) -> str:
    return _DOUBLED.sub(r"\1", words)
