"""A text that is nothing but commands and courtesies: "Hello, STOP please. Thank you"."""

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.understanding.vocabulary import Meaning, Vocabulary

# A longer text is not a command with courtesies around it, whatever its words.
_LONGEST = 16


@dataclass(frozen=True, slots=True)
class Whole:
    """What the commands of a text mean, and the languages of the courtesies around them."""

    meanings: frozenset[Meaning] = frozenset()
    courtesies: frozenset[str] = frozenset()


_Part = tuple[frozenset[Meaning], str | None]


class WholeTexts:
    """Covers a text with known whole texts and fillers, leaving no word over."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._parts: dict[str, _Part] = {
            text: (frozenset(), code) for text, code in vocabulary.fillers.items()
        }
        self._parts |= {text: (meanings, None) for text, meanings in vocabulary.exact.items()}
        self._fillers: Mapping[str, str | None] = vocabulary.fillers
        self._longest = max((text.count(" ") + 1 for text in self._parts), default=0)

    def cover(self, words: str) -> Whole | None:
        """Return what the whole text says; None where some of its words are neither command nor courtesy."""
        tokens = words.split()
        if not tokens or len(tokens) > _LONGEST:
            return None
        # covers[i] is the best cover of the words from i on; longer parts are tried first, so that
        # "alerts off" is one command and not "alerts" with something behind.
        covers: list[tuple[_Part, ...] | None] = [None] * len(tokens) + [()]
        for start in reversed(range(len(tokens))):
            for end in range(min(len(tokens), start + self._longest), start, -1):
                rest = covers[end]
                part = self._parts.get(" ".join(tokens[start:end])) if rest is not None else None
                if part is not None and rest is not None:
                    covers[start] = (part, *rest)
                    break
        return _joined(covers[0])

    def opening(self, words: str) -> frozenset[Meaning]:
        """Return what the command means that a text opens with, courtesies before it left out: "HELP he ..."."""
        tokens = words.split(maxsplit=_LONGEST)[:_LONGEST]
        start = 0
        while start < len(tokens):
            for end in range(min(len(tokens), start + self._longest), start, -1):
                meanings, _ = self._parts.get(" ".join(tokens[start:end]), (frozenset(), None))
                if meanings:
                    return meanings
                if " ".join(tokens[start:end]) in self._fillers:
                    start = end
                    break
            else:
                return frozenset()
        return frozenset()


def _joined(parts: tuple[_Part, ...] | None) -> Whole | None:
    if parts is None:
        return None
    return Whole(
        meanings=frozenset().union(*(meanings for meanings, _ in parts)),
        courtesies=frozenset(code for _, code in parts if code is not None),
    )
