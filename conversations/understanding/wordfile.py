"""One word file, cut into entries that remember their line.

Every list in it is a block of text (`exact: |`) with an entry a line, so that nobody has to know YAML's quoting;
` | ` parts several entries on a line, `#` begins a comment.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from conversations.understanding.intents import Intent
from conversations.understanding.notation import NotationError, Phrase, expand, parse, to_re2

_Result = TypeVar("_Result")
# An answer is the dialogue's to recognise, and unknown is what is left: neither has words of its own.
SPOKEN = tuple(intent for intent in Intent if intent not in (Intent.ANSWER, Intent.UNKNOWN))
# What is said of a topic has words of its own, and the intent it adds to: alerts on an arrest need no topic.
MEANINGS: dict[str, tuple[Intent, str | None]] = {intent.value: (intent, None) for intent in SPOKEN} | {
    "enroll_updates": (Intent.ENROLL, "updates"),
    "unenroll_updates": (Intent.UNENROLL, "updates"),
}
ANSWERS = ("yes", "no", "skip", "all", "beside_numbers", "out_of", "in_dates")
# Answers that count something: the numbers that can stand before their spellings.
COUNTED = {"numbers": range(11), "months": range(1, 13), "solar_months": range(1, 13)}
SECTIONS = ("exact", "phrases", "unless", "always", "examples", "not")
_TEXTS = ("examples", "not")
# A bar with space around parts entries, but not inside brackets.
_BAR = re.compile(r"\s\|\s(?![^\[(]*[\])])")


class VocabularyError(ValueError):
    """A word file that can't be used; the message names file, line, entry and what is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in a file."""

    file: Path
    line: int
    text: str

    def error(self, problem: str) -> VocabularyError:
        """Return the error that says where this entry is and what is wrong with it."""
        return VocabularyError(f"{self.file.name}, line {self.line}: {self.text!r}: {problem}")

    def texts(self, lists: Mapping[str, Sequence[str]]) -> list[str]:
        """Return every text the entry stands for, as skeletons. Raises VocabularyError."""
        return self._use(lists, lambda phrase: list(expand(phrase)))

    def pattern(self, lists: Mapping[str, Sequence[str]]) -> bytes:
        """Return the RE2 pattern that finds the entry in a spaced skeleton. Raises VocabularyError."""
        return self._use(lists, to_re2)

    def _use(self, lists: Mapping[str, Sequence[str]], use: Callable[[Phrase], _Result]) -> _Result:
        try:
            return use(parse(self.text, lists))
        except NotationError as problem:
            raise self.error(str(problem)) from None


@dataclass
class WordFile:
    """The entries of one file, by where they stand."""

    path: Path
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    names: list[Entry] = field(default_factory=list)
    fillers: list[Entry] = field(default_factory=list)
    meanings: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    """By the name of the meaning and of the section."""
    answers: dict[str, list[Entry]] = field(default_factory=dict)
    counted: dict[str, list[tuple[int, Entry]]] = field(default_factory=dict)

    def spelt_lists(self) -> dict[str, list[str]]:
        """Return the lists as the notation takes them."""
        return {name: [entry.text for entry in entries] for name, entries in self.lists.items()}


def read_word_file(path: Path) -> WordFile:
    """Read and cut one file. Raises VocabularyError."""
    try:
        node = YAML(typ="safe").compose(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as problem:
        raise VocabularyError(f"{path.name}: {problem}") from None
    result = WordFile(path)
    for key, value in _pairs(path, node, "the file"):
        if key.text == "names":
            result.names = list(_entries(path, value, key))
        elif key.text == "fillers":
            result.fillers = list(_entries(path, value, key))
        elif key.text == "lists":
            result.lists = {
                name.text: list(_entries(path, block, name)) for name, block in _pairs(path, value, key.text)
            }
        elif key.text == "answers":
            for kind, block in _pairs(path, value, key.text):
                _read_answers(result, kind, block)
        elif key.text in MEANINGS:
            for section, block in _pairs(path, value, key.text):
                if section.text not in SECTIONS:
                    raise section.error(f"expected one of {', '.join(SECTIONS)}")
                entries = _entries(path, block, section, whole_lines=section.text in _TEXTS)
                result.meanings[key.text, section.text] = list(entries)
        else:
            raise key.error(f"expected names, fillers, lists, answers, {', '.join(MEANINGS)}")
    return result


def _read_answers(result: WordFile, kind: Entry, block: Node) -> None:
    if kind.text in ANSWERS:
        result.answers[kind.text] = list(_entries(result.path, block, kind))
    elif kind.text in COUNTED:
        allowed = COUNTED[kind.text]
        result.counted[kind.text] = []
        for number, spellings in _pairs(result.path, block, kind.text):
            if number.text not in map(str, allowed):
                raise number.error(f"expected a number from {allowed[0]} to {allowed[-1]}")
            for entry in _entries(result.path, spellings, number):
                result.counted[kind.text].append((int(number.text), entry))
    else:
        raise kind.error(f"expected one of {', '.join((*ANSWERS, *COUNTED))}")


def _pairs(path: Path, node: Node | None, where: str) -> Iterator[tuple[Entry, Node]]:
    if not isinstance(node, MappingNode):
        line = node.start_mark.line + 1 if node else 1
        raise VocabularyError(f"{path.name}, line {line}: {where} should hold 'name:' lines")
    seen: set[str] = set()
    for key, value in node.value:
        entry = Entry(path, key.start_mark.line + 1, str(key.value))
        if entry.text in seen:
            raise entry.error("it stands twice")
        seen.add(entry.text)
        yield entry, value


def _entries(path: Path, node: Node, key: Entry, whole_lines: bool = False) -> Iterator[Entry]:
    if not isinstance(node, ScalarNode) or node.style != "|":
        raise key.error("expected '|' behind it and an entry a line below it")
    for line, content in enumerate(node.value.splitlines(), start=node.start_mark.line + 2):
        text = content.strip()
        if not text or text.startswith("#"):
            continue
        for entry in [text] if whole_lines else _BAR.split(text):
            yield Entry(path, line, entry.strip())
