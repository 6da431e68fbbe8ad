"""Right-to-left sentences with left-to-right things in them.

Phones order a text by the Unicode bidirectional algorithm (UAX #9). Unaided it turns 520-555-0100 in an
Arabic sentence into 0100-555-520, lets a name or a link pull the words around it out of place, and takes a
text that begins with an English agency name for an English one. An isolate (UAX #9, section 2.4.2) hides a
thing's direction from its surroundings. Translators type plain text: isolates are put in here.
"""

import re
import unicodedata
from functools import cache

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_RTL_CLASSES = frozenset({"R", "AL"})
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# A Latin word or phrase, or a number with its signs: STOP, ALERTS OFF, 911, $5, 520-555-0100.
_LATIN = "A-Za-zÀ-ÖØ-öø-ÿ"
_RUN = rf"[+$#]?[{_LATIN}0-9]+(?:[-./:@+_'& ][{_LATIN}0-9]+)*%?"
_LETTERS = rf"[^\W\d{_LATIN}_]+"
_RTL_NAME = re.compile(r"[\u0590-\u08ff]+(?: [\u0590-\u08ff]+)*")
_TOKEN = re.compile(rf"(?P<open>[\u2066-\u2068])|(?P<close>\u2069)|(?P<run>{_RUN})|(?P<letters>{_LETTERS})")


def without_controls(text: str) -> str:
    """The text without bidirectional marks, embeddings, overrides and isolates."""
    return _CONTROLS.sub("", text)


def outside_isolates(text: str) -> str:
    """What is left of a text without what its isolates hold."""
    kept, depth = [], 0
    for character in text:
        if character in (LRI, RLI, FSI):
            depth += 1
        elif character == PDI:
            depth -= 1
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def has_rtl(text: str) -> bool:
    """Whether any letter in it is written right to left."""
    return not text.isascii() and any(map(_is_rtl, text))


@cache
def _is_rtl(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RTL_CLASSES


def isolate(value: str, *, inside_rtl: bool) -> str:
    """A value as it goes into a sentence: isolated where the two directions could meet, else as it is.

    A value with right-to-left letters may still be a Latin name with one such word, so its own first letter
    decides (FSI); what has none is left to right.
    """
    if has_rtl(value):
        return FSI + value + PDI
    return LRI + value + PDI if inside_rtl else value


def isolate_runs(text: str) -> str:
    """Isolate the Latin words and numbers of a right-to-left text's own wording, where it would be misread.

    A lone word or plain number between Arabic letters reads rightly as it is, and each isolate costs two
    characters. Isolated is what begins the text (or the phone takes the whole text for left-to-right), what
    follows another Latin word with no Arabic letter between (or the two, as in a list, change places), and a
    number with separators (or its groups change places).
    """
    pieces: list[str] = []
    depth, end, settled = 0, 0, False
    for token in _TOKEN.finditer(text):
        pieces.append(text[end : token.start()])
        end = token.end()
        piece = token[0]
        if token["open"] or token["close"]:
            depth += 1 if token["open"] else -1
        elif token["letters"] and depth == 0:
            settled = has_rtl(piece)
        elif token["run"] and depth == 0:
            if _misread(piece, settled):
                piece = LRI + piece + PDI
            else:
                settled = piece.isdigit()
        pieces.append(piece)
    return "".join(pieces) + text[end:]


def isolate_rtl_names(text: str) -> str:
    """Isolate right-to-left names in a left-to-right text's own wording, or the numbers beside them change places."""
    return _RTL_NAME.sub(lambda name: RLI + name[0] + PDI, text)


def _misread(run: str, settled: bool) -> bool:
    return not settled or (not run.isalnum() and any(character.isdigit() for character in run))
