"""A text that is nothing but commands and courtesies: "Hello, STOP please. Thank you"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from conversations.understanding.vocabulary import Meaning, Vocabulary

# A longer text is not a command with courtesies around it, whatever its words.
_LONGEST = 16


@dataclass(frozen=True, slots=True)
class Whole:
    """What the commands of a text mean, and the languages of the courtesies around them."""

    meanings: frozenset[Meaning] = frozenset()
    courtesies: frozenset[str] = frozenset()


_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _Part:
    """Some words of a text: what they mean as a command, and whose courtesy they are, if they may be one."""

    meanings: frozenset[Meaning] = frozenset()
    courtesy: bool = False
    language: str | None = None


class WholeTexts:
    """Covers a text with known whole texts and fillers, leaving no word over."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        texts = vocabulary.fillers.keys() | vocabulary.exact.keys()
        self._parts = {
            text: _Part(
                vocabulary.exact.get(text, frozenset()),
                courtesy=text in vocabulary.fillers,
                language=vocabulary.fillers.get(text),
            )
            for text in texts
        }
        self._longest = max((text.count(" ") + 1 for text in self._parts), default=0)

    def cover(self, words: str) -> Whole | None:
        """Return what the whole text says; None where some of its words are neither command nor courtesy."""
        return _joined(covered(words, self._parts.get, self._longest))

    def opening(self, words: str) -> frozenset[Meaning]:
        """Return what the command means that a text opens with, courtesies before it left out: "HELP he ..."."""
        tokens = words.split(maxsplit=_LONGEST)[:_LONGEST]
        start = 0
        while start < len(tokens):
            for end in range(min(len(tokens), start + self._longest), start, -1):
                part = self._parts.get(" ".join(tokens[start:end]), _Part())
                if part.courtesy:
                    start = end
                    break
                if part.meanings:
                    return part.meanings
            else:
                return frozenset()
        return frozenset()


def _joined(parts: tuple[_Part, ...] | None) -> Whole | None:
    """What may be a courtesy counts as one beside a command: "status stp" is French for please, and stops nothing."""
    if parts is None:
        return None
    commands = [part.meanings for part in parts if part.meanings and not part.courtesy]
    if not _in_one_language(commands):
        return None
    return Whole(
        meanings=frozenset().union(*(commands or (part.meanings for part in parts))),
        courtesies=frozenset(part.language for part in parts if part.language is not None),
    )


def _in_one_language(commands: list[frozenset[Meaning]]) -> bool:
    """Whether somebody could have written all of these: a French "off" in "status of my case" is none."""
    spoken = [{meaning.language for meaning in meanings} for meanings in commands]
    own = [languages for languages in spoken if None not in languages]
    return not own or bool(set.intersection(*own))


def covered(words: str, part: Callable[[str], _Found | None], longest: int) -> tuple[_Found, ...] | None:
    """Return what the parts of the text stand for, one behind the other; None where a word belongs to none.

    `part` tells what some words (at most `longest`) stand for, None if nothing. No words have no cover.
    """
    tokens = words.split()
    if not tokens or len(tokens) > _LONGEST:
        return None
    # covers[i] is the best cover of the words from i on; longer parts are tried first, so that
    # "alerts off" is one command and not "alerts" with something behind.
    covers: list[tuple[_Found, ...] | None] = [None] * len(tokens) + [()]
    for start in reversed(range(len(tokens))):
        for end in range(min(len(tokens), start + longest), start, -1):
            rest = covers[end]
            found = part(" ".join(tokens[start:end])) if rest is not None else None
            if found is not None and rest is not None:
                covers[start] = (found, *rest)
                break
    return covers[0]
