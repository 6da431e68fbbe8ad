"""Every pattern of every language in one RE2 set: a text is read once, in time linear in its length."""

from collections.abc import Iterable

import re2

from conversations.understanding.intents import Intent
from conversations.understanding.vocabulary import Meaning, Vocabulary

# RE2 gives up on a text when its automaton outgrows this; it grows by states met, far below the bound.
_MEMORY = 512 * 1024 * 1024
# What stands in for words that were hidden: not a letter, so no phrase can use it.
_HIDDEN = b" - "


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MEMORY
    options.never_capture = True
    return options


class Matcher:
    """Finds the meanings of phrases anywhere in a text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._marks: list[Meaning | Intent] = []
        self._set = re2.Set.SearchSet(_options())
        for pattern, meaning in vocabulary.phrases:
            self._add(pattern, meaning)
        hiding: dict[Intent, list[bytes]] = {}
        for pattern, meaning in vocabulary.always:
            self._add(pattern, meaning)
        self._always = {meaning for _, meaning in vocabulary.always}
        for pattern, intent in vocabulary.hiding:
            self._add(pattern, intent)
            hiding.setdefault(intent, []).append(pattern)
        self._set.Compile()
        self._hiding = {
            intent: re2.compile(b"|".join(b"(?:" + pattern + b")" for pattern in patterns), _options())
            for intent, patterns in hiding.items()
        }

    def _add(self, pattern: bytes, mark: Meaning | Intent) -> None:
        self._set.Add(pattern)
        self._marks.append(mark)

    def find(self, words: str) -> set[Meaning]:
        """Return what the words (a skeleton) say, apart from what is said in words an `unless` hides.

        Hiding concerns its own intent only: "he won't stop texting me" hides "stop texting me" from the
        opt-outs, and nothing from distress.
        """
        spaced = f" {words} ".encode()
        marks = self._marked(spaced)
        hidden = {mark for mark in marks if isinstance(mark, Intent)}
        meanings = {mark for mark in marks if isinstance(mark, Meaning)}
        for intent in hidden & {meaning.intent for meaning in meanings}:
            rest = self._marked(self._hide(intent, spaced))
            meanings -= {meaning for meaning in meanings - self._always if meaning.intent is intent}
            meanings |= {mark for mark in rest if isinstance(mark, Meaning) and mark.intent is intent}
        return meanings

    def _marked(self, spaced: bytes) -> set[Meaning | Intent]:
        found: Iterable[int] = self._set.Match(spaced) or ()
        return {self._marks[index] for index in found}

    def _hide(self, intent: Intent, spaced: bytes) -> bytes:
        # Twice, since two neighbours share the space between them and one pass takes only the first.
        once: bytes = self._hiding[intent].sub(_HIDDEN, spaced)
        twice: bytes = self._hiding[intent].sub(_HIDDEN, once)
        return twice
