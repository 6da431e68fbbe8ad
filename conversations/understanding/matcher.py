"""The patterns of each language in one RE2 set: a text is read once for each, in time linear in its length.

One set for all languages together remembers states for every mixture of them, and grows past any sensible bound.
"""

from collections.abc import Sequence

import re2

from conversations.understanding.intents import Intent
from conversations.understanding.vocabulary import Meaning, Vocabulary

# RE2 remembers the automaton's states it has met, up to this bound, then forgets them and begins anew: slower
# for a moment, never wrong. A set whose patterns alone need more can't be made.
_MEMORY = 128 * 1024 * 1024
# What stands in for words that were hidden: not a letter, so no phrase can use it.
_HIDDEN = b" - "


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MEMORY
    options.never_capture = True
    return options


def _set(patterns: Sequence[tuple[bytes, Meaning]], language: str | None) -> tuple[re2.Set, list[int]]:
    """The set of a language's patterns, and the number of each among all."""
    one, numbers = re2.Set.SearchSet(_options()), []
    for number, (pattern, meaning) in enumerate(patterns):
        if meaning.language == language:
            one.Add(pattern)
            numbers.append(number)
    one.Compile()
    return one, numbers


class Matcher:
    """Finds the meanings of phrases anywhere in a text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        # Patterns are numbered always, phrases, hiding.
        patterns = (*vocabulary.always, *vocabulary.phrases, *vocabulary.hiding)
        self._meanings = [meaning for _, meaning in (*vocabulary.always, *vocabulary.phrases)]
        self._always = len(vocabulary.always)
        self._hides = [meaning.intent for _, meaning in vocabulary.hiding]
        self._sets = [_set(patterns, language) for language in {meaning.language for _, meaning in patterns}]
        self._hiding = {
            intent: re2.compile(
                b"|".join(p for p, of in vocabulary.hiding if of.intent is intent), _options()
            )
            for intent in self._hides
        }

    def find(self, words: str) -> set[Meaning]:
        """Return what the words (a skeleton) say, apart from what is said in words an `unless` hides.

        Hiding concerns its own intent only: "he won't stop texting me" hides "stop texting me" from the
        opt-outs, and nothing from distress.
        """
        spaced = f" {words} ".encode()
        found = self._match(spaced)
        always = {self._meanings[index] for index in found if index < self._always}
        meanings = {self._meanings[index] for index in found if index < len(self._meanings)}
        hidden = {self._hides[index - len(self._meanings)] for index in found if index >= len(self._meanings)}
        for intent in hidden & {meaning.intent for meaning in meanings}:
            rest = {self._meanings[index] for index in self._match(self._hide(intent, spaced), phrases=True)}
            meanings = {meaning for meaning in meanings if meaning.intent is not intent or meaning in rest}
        return meanings | always

    def _match(self, spaced: bytes, phrases: bool = False) -> list[int]:
        found = [numbers[index] for one, numbers in self._sets for index in one.Match(spaced) or ()]
        return [index for index in found if self._always <= index < len(self._meanings)] if phrases else found

    def _hide(self, intent: Intent, spaced: bytes) -> bytes:
        # Twice, since two neighbours share the space between them and one pass takes only the first.
        once: bytes = self._hiding[intent].sub(_HIDDEN, spaced)
        twice: bytes = self._hiding[intent].sub(_HIDDEN, once)
        return twice
