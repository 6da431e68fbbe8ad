"""The word files of all languages as one vocabulary: whole texts, fillers, phrases, and what hides phrases.

`words/<language>.yaml` holds a language's own words, `words/any.yaml` those that every language's texts print.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from conversations.understanding.answerwords import AnswerWords, answer_words
from conversations.understanding.intents import Intent
from conversations.understanding.wordfile import MEANINGS, Entry, VocabularyError, WordFile, read_word_file

__all__ = [
    "LANGUAGES",
    "Example",
    "Meaning",
    "Vocabulary",
    "VocabularyError",
    "load_vocabulary",
    "vocabulary",
]

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("en", "es", "fr", "ar", "sw", "fa")
SHARED = "any"
# {language} in an entry stands for the names of all six languages, and tells which one was named.
_NAMED_LANGUAGE = "language"
Lists = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a matched entry says: its intent, whose words it is in (None: shared), which language it names, and
    what the alerts are about (None: an arrest)."""

    intent: Intent
    language: str | None
    chosen_language: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A text that must be understood so, or (`wanted` false) must not be."""

    entry: Entry
    intent: Intent
    language: str | None
    wanted: bool
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All word files as one. Texts are skeletons, patterns are RE2 in Latin-1 mode."""

    exact: Mapping[str, frozenset[Meaning]]
    fillers: Mapping[str, str | None]
    phrases: tuple[tuple[bytes, Meaning], ...]
    always: tuple[tuple[bytes, Meaning], ...]
    hiding: tuple[tuple[bytes, Meaning], ...]
    examples: tuple[Example, ...]
    answers: AnswerWords


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of the word files beside this module, read once. Raises VocabularyError."""
    return load_vocabulary()


def load_vocabulary(folder: Path = WORDS) -> Vocabulary:
    """Read and check every word file in the folder. Raises VocabularyError."""
    files = {name: read_word_file(folder / f"{name}.yaml") for name in (*LANGUAGES, SHARED)}
    names = {code: [entry.text for entry in files[code].names] for code in LANGUAGES}
    return Vocabulary(
        exact=_exact(files, names),
        fillers=_fillers(files),
        phrases=_patterns(files, names, "phrases"),
        always=tuple((pattern, _speaker(meaning)) for pattern, meaning in _patterns(files, names, "always")),
        hiding=_patterns(files, names, "unless"),
        examples=tuple(_examples(files)),
        answers=answer_words(files.values()),
    )


def _patterns(files: Mapping[str, WordFile], names: Lists, section: str) -> tuple[tuple[bytes, Meaning], ...]:
    return tuple((entry.pattern(lists), meaning) for meaning, entry, lists in _meant(files, names, section))


def _speaker(meaning: Meaning) -> Meaning:
    """Return what "I don't read English" means: the language it is written in is wanted, unless it is English."""
    if meaning.intent is Intent.LANGUAGE and meaning.language != "en":
        return replace(meaning, chosen_language=meaning.language)
    return meaning


def _exact(files: Mapping[str, WordFile], names: Lists) -> dict[str, frozenset[Meaning]]:
    result: dict[str, frozenset[Meaning]] = {}
    for meaning, entry, lists in _meant(files, names, "exact"):
        for text in entry.texts(lists):
            result[text] = result.get(text, frozenset()) | {meaning}
    return result


def _fillers(files: Mapping[str, WordFile]) -> dict[str, str | None]:
    """Return each filler with its language; None where two languages share it, as it tells nothing then."""
    result: dict[str, str | None] = {}
    for name, file in files.items():
        language = None if name == SHARED else name
        for entry in file.fillers:
            for text in entry.texts(file.spelt_lists()):
                result[text] = language if result.get(text, language) == language else None
    return result


def _meant(
    files: Mapping[str, WordFile], names: Lists, section: str
) -> Iterator[tuple[Meaning, Entry, dict[str, list[str]]]]:
    """Yield a section's entries with their meaning; one that says {language} once for each it can name."""
    for name, file in files.items():
        language, lists = None if name == SHARED else name, file.spelt_lists()
        for name_of_meaning, (intent, topic) in MEANINGS.items():
            for entry in file.meanings.get((name_of_meaning, section), ()):
                if "{" + _NAMED_LANGUAGE + "}" not in entry.text:
                    yield Meaning(intent, language, topic=topic), entry, lists
                    continue
                for chosen, spellings in names.items():
                    yield Meaning(intent, language, chosen), entry, lists | {_NAMED_LANGUAGE: spellings}


def _examples(files: Mapping[str, WordFile]) -> Iterator[Example]:
    for name, file in files.items():
        language = None if name == SHARED else name
        for section, wanted in (("examples", True), ("not", False)):
            for meaning, (intent, topic) in MEANINGS.items():
                for entry in file.meanings.get((meaning, section), ()):
                    yield Example(entry, intent, language, wanted, topic)
