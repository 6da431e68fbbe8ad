"""The small notation of the word files, turned into plain strings or into RE2.

    [a|b]    one of these                  (a|b)   one of these, or nothing
    {name}   any word of the list `name`   ...     up to three words, whatever they are
    abc*     any ending (or *abc: any beginning)
    ^ abc    where the text begins           abc $   where it ends; [abc|$] too

Patterns are made for text that is a skeleton with one space before, between and after its words, and they
compile as Latin-1 over UTF-8 bytes: a word is then any bytes without a space, which keeps RE2's automaton small.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from conversations.understanding.normalise import join_persian, skeleton

MAX_EXPANSIONS = 4000
_TOKEN = re.compile(r"\.\.\.|\s+|[\[\](){}|*]|[^\s\[\](){}|*.]+|\.")
_CLOSING = {"[": "]", "(": ")"}


class NotationError(ValueError):
    """An entry that can't be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences of words, or none of them where it is optional."""

    options: tuple["Phrase", ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Star:
    """Any letters, or none."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to three whole words."""


Piece = str | Choice | Star | Gap
Word = tuple[Piece, ...]
Phrase = tuple[Word, ...]


def parse(entry: str, lists: Mapping[str, Sequence[str]]) -> Phrase:
    """Return the entry's words and pieces. Raises NotationError."""
    tokens = _TOKEN.findall(entry)
    phrase, end = _sequence(tokens, 0, lists)
    if end < len(tokens):
        raise NotationError(f"unexpected {tokens[end]!r}")
    if not phrase:
        raise NotationError("it is empty")
    return phrase


def _sequence(tokens: Sequence[str], at: int, lists: Mapping[str, Sequence[str]]) -> tuple[Phrase, int]:
    words: list[Word] = []
    word: list[Piece] = []
    while at < len(tokens) and tokens[at] not in ("|", "]", ")"):
        token = tokens[at]
        if token.isspace():
            words.append(tuple(word))
            word = []
            at += 1
            continue
        piece, at = _piece(tokens, at, lists)
        word.append(piece)
    words.append(tuple(word))
    return tuple(word for word in words if word), at


def _piece(tokens: Sequence[str], at: int, lists: Mapping[str, Sequence[str]]) -> tuple[Piece, int]:
    sign = tokens[at]
    if sign in _CLOSING:
        return _choice(tokens, at, lists)
    if sign == "{":
        return _named(tokens, at, lists)
    if sign == "}":
        raise NotationError("'}' without '{'")
    simple: dict[str, Piece] = {"*": Star(), "...": Gap()}
    return simple.get(sign, sign), at + 1


def _choice(tokens: Sequence[str], at: int, lists: Mapping[str, Sequence[str]]) -> tuple[Piece, int]:
    opening, closing = tokens[at], _CLOSING[tokens[at]]
    options: list[Phrase] = []
    while True:
        option, at = _sequence(tokens, at + 1, lists)
        if not option:
            raise NotationError(f"an empty choice after {opening!r}")
        options.append(option)
        if at == len(tokens):
            raise NotationError(f"{opening!r} without {closing!r}")
        if tokens[at] == closing:
            return Choice(tuple(options), optional=opening == "("), at + 1
        if tokens[at] != "|":
            raise NotationError(f"{tokens[at]!r} closes {opening!r}")


def _named(tokens: Sequence[str], at: int, lists: Mapping[str, Sequence[str]]) -> tuple[Piece, int]:
    if at + 2 >= len(tokens) or tokens[at + 2] != "}":
        raise NotationError("'{' without '}'")
    name = tokens[at + 1]
    if name not in lists:
        raise NotationError(f"there is no list {name!r}; there are {', '.join(sorted(lists)) or 'none'}")
    return Choice(tuple(parse(entry, lists) for entry in lists[name]), optional=False), at + 3


def expand(phrase: Phrase) -> Iterator[str]:
    """Yield every text the phrase stands for, as skeletons. Raises NotationError where there is no end to them."""
    for count, words in enumerate(itertools.product(*(_spellings(word) for word in phrase))):
        if count >= MAX_EXPANSIONS:
            raise NotationError(f"it stands for more than {MAX_EXPANSIONS} texts")
        yield skeleton(" ".join(words))


def _spellings(word: Word) -> list[str]:
    return ["".join(pieces) for pieces in itertools.product(*(_piece_spellings(piece) for piece in word))]


def _piece_spellings(piece: Piece) -> list[str]:
    if isinstance(piece, str):
        return [piece]
    if isinstance(piece, Choice):
        found = [
            " ".join(words)
            for option in piece.options
            for words in itertools.product(*(_spellings(word) for word in option))
        ]
        return [*found, ""] if piece.optional else found
    raise NotationError("'*' and '...' belong in phrases, not in whole texts")


_JOINS = re.compile(r"(?<![^ |:)])(ن?مي) (?=[^ ])")
_PLURALS = re.compile(r"(?<=[^ |:)]) (ها |هاي )")


def to_re2(phrase: Phrase) -> bytes:
    """Return the RE2 pattern (for Latin-1 mode) that finds the phrase in a spaced skeleton."""
    first = phrase[0] == ("^",)
    if any(_may_be_missing(word) for word in (phrase[first : first + 1] + phrase[-1:])):
        raise NotationError("it begins or ends with words that may be missing, which changes nothing")
    pattern = ("^ " if first else " ") + _phrase_pattern(phrase[first:])
    return _PLURALS.sub(r"\1", _JOINS.sub(r"\1", pattern)).encode()


def _may_be_missing(word: Word) -> bool:
    return word == (Gap(),) or (len(word) == 1 and isinstance(word[0], Choice) and word[0].optional)


def _phrase_pattern(phrase: Phrase) -> str:
    return "".join(_word_pattern(word) for word in phrase)


@cache
def _word_pattern(word: Word) -> str:
    """Return the pattern of one word with the space that ends it. Kept, since a list stands in many phrases."""
    if word == (Gap(),):
        return "(?:[^ ]+ ){0,3}"
    if word == (Star(),):
        return "[^ ]+ "
    if word == ("$",):
        return "$"
    if any(isinstance(piece, Gap) for piece in word):
        raise NotationError("'...' needs a space on both sides")
    if len(word) == 1 and isinstance(word[0], Choice):
        options = "|".join(_phrase_pattern(option) for option in word[0].options)
        return f"(?:{options})" + ("?" if word[0].optional else "")
    if any(isinstance(piece, Star) for piece in word):
        return "".join(_starred(piece) for piece in word) + " "
    return _either(_solid(spelling) + " " for spelling in _spellings(word))


def _starred(piece: Piece) -> str:
    if isinstance(piece, Star):
        return "[^ ]*"
    return _either(skeleton(spelling) for spelling in _piece_spellings(piece))


def _either(patterns: Iterator[str]) -> str:
    unique = sorted(set(patterns))
    return unique[0] if len(unique) == 1 else f"(?:{'|'.join(unique)})"


@cache
def _solid(spelling: str) -> str:
    words = skeleton(join_persian(spelling))
    if not words:
        raise NotationError(f"nothing is left of {spelling!r} once it is normalised")
    return words
