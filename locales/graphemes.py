"""What a reader takes for one character: an accent goes with its letter, a flag is one though it is two letters.

The rules are those of Unicode's extended grapheme clusters (UAX #29) for the scripts and emoji that texts
hold; Hangul and Indic conjuncts are left to the general rule.
"""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
_EXTENDING = frozenset({"Mn", "Me", "Mc"})
_ALSO_EXTENDING = frozenset("\u200c\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_CONTROLS = frozenset({"Cc", "Cf", "Zl", "Zp"})


def graphemes(text: str) -> Iterator[str]:
    """The text cut into what a reader takes for characters."""
    cluster = ""
    for character in text:
        if cluster and not goes_with(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def goes_with(cluster: str, character: str) -> bool:
    """Whether a character belongs to what is before it."""
    last = cluster[-1]
    if unicodedata.category(last) in _CONTROLS and last not in _ALSO_EXTENDING and not _tag(last):
        return False
    if character in _ALSO_EXTENDING or unicodedata.category(character) in _EXTENDING or _tag(character):
        return True
    if last == _JOINER:
        return unicodedata.category(cluster[0]) == unicodedata.category(character) == "So"
    return _flag_letter(character) and len(cluster) == 1 and _flag_letter(cluster)


def _flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"
