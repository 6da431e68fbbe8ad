"""One word file, cut into entries that remember their line.

Every list in it is a block of text (`exact: |`) with an entry a line, so that nobody has to know YAML's quoting;
` | ` parts several entries on a line, `#` begins a comment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from conversations.understanding.intents import Intent

# An answer is the dialogue's to recognise, and unknown is what is left: neither has words of its own.
SPOKEN = tuple(intent for intent in Intent if intent not in (Intent.ANSWER, Intent.UNKNOWN))
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


@dataclass
class WordFile:
    """The entries of one file, by where they stand."""

    path: Path
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    names: list[Entry] = field(default_factory=list)
    fillers: list[Entry] = field(default_factory=list)
    intents: dict[tuple[Intent, str], list[Entry]] = field(default_factory=dict)


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
        elif key.text in SPOKEN:
            for section, block in _pairs(path, value, key.text):
                if section.text not in SECTIONS:
                    raise section.error(f"expected one of {', '.join(SECTIONS)}")
                entries = _entries(path, block, section, whole_lines=section.text in _TEXTS)
                result.intents[Intent(key.text), section.text] = list(entries)
        else:
            raise key.error(f"expected names, fillers, lists, {', '.join(SPOKEN)}")
    return result


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
