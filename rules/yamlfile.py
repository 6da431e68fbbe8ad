"""What the files that an agency writes have in common: a mistake is told with file, line, field and what was expected.

Nothing half-read is ever used. Each kind of file raises an error of its own, so that whoever reads several can tell
which is wrong.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from rules.values import code_of

Where = tuple[str | int, ...]
"""The keys and positions that lead to a part of a file."""


class BadFile(ValueError):
    """A file can't be used. Its text is one line per mistake: `file:line: field: what was expected`."""


class Part(BaseModel):
    """A piece of a file. A key that it does not know is a mistake, and once read it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch("[0-9]{1,4}[smhd]", text):
        return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
    raise ValueError("expected a duration such as 30s, 20m, 2h or 3d")


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Language = Literal["en", "es", "fr", "ar", "sw", "fa"]


@dataclass(frozen=True)
class YamlFile:
    """A file's text, what it says, and the line of each of its parts."""

    name: str
    source: str = field(repr=False)
    plain: Any = field(repr=False)
    """What it says, as lists, mappings and values."""
    _tree: CommentedMap = field(repr=False)

    @property
    def hash(self) -> str:
        """By which a decision or an answer names this very text."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]

    def line_of(self, where: Where) -> int:
        """The line of the innermost part of the path that is written out in the file; the first line is 1."""
        line = 0
        node: Any = self._tree
        for step in where:
            if isinstance(node, CommentedMap) and step in node:
                if step not in node.lc.data:  # it came in by a merge (`<<`)
                    break
                line = node.lc.key(step)[0]
                node = node[step]
            elif isinstance(node, CommentedSeq) and (index := _index(node, step)) is not None:
                line = node.lc.item(index)[0]
                node = node[index]
            else:
                break
        return int(line) + 1

    def told(self, mistakes: Iterable[tuple[Where, str]]) -> str:
        """One line for each mistake."""
        return "\n".join(
            f"{self.name}:{self.line_of(where)}: {field_of(where)}: {what}" for where, what in mistakes
        )


def read(path: Path, bad: type[BadFile]) -> str:
    """The text of a file; raises `bad`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise bad(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise bad(f"{path}: expected UTF-8 text, found byte {error.object[error.start]:#x}") from error


def parse(source: str, name: str, bad: type[BadFile], keys: str) -> YamlFile:
    """A text as YAML. Raises `bad` where it is none, or no mapping with these keys, as one says them."""
    try:
        tree = YAML(typ="rt").load(io.StringIO(source))
        plain = YAML(typ="safe").load(io.StringIO(source))
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise bad(
            f"{name}:{line}: not YAML: {_in_words(getattr(error, 'problem', None) or str(error))}"
        ) from error
    if not isinstance(tree, CommentedMap):
        raise bad(f"{name}:1: expected a mapping with {keys}")
    return YamlFile(name, source, plain, tree)


_OF_YAML = {
    "character '\\t'": "there is a tab; expected spaces at the beginning of a line",
    "duplicate key": "expected each key once",
    "mapping values are not allowed here": "a value that has a colon in it is expected in quotes",
    "expected ',' or ']'": "expected ] at the end of a list",
    "expected ',' or '}'": "expected } at the end of what { begins",
    "while scanning a quoted scalar": "expected a quotation mark at the end, as at the beginning",
    "found unexpected end of stream": "expected a quotation mark at the end, as at the beginning",
    "expected <block end>": "expected the line to begin under those it belongs to, with as many spaces",
}


def _in_words(problem: str) -> str:
    hint = next((said for part, said in _OF_YAML.items() if part in problem), None)
    return f"{problem}; {hint}" if hint else problem


def _index(items: CommentedSeq, step: str | int) -> int | None:
    """Where in a list a path goes on: at a position, or at a code that stands there."""
    if isinstance(step, int):
        return step if step < len(items) else None
    return next((index for index, item in enumerate(items) if code_of(item) == step), None)


def field_of(where: Where) -> str:
    """A path as one says it."""
    return ".".join(str(step) for step in where) or "the file"


def meant(word: object, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or nothing: `; did you mean vine?`"""
    near = get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


_PLAIN = {
    "missing": "is missing; expected a value",
    "tuple_type": "expected a list: in [brackets], or a line each that begins with a dash",
    "frozen_set_type": "expected a list: in [brackets], or a line each that begins with a dash",
    "string_type": "expected text; a number or a date that is meant as text is put in quotes",
    "bool_parsing": "expected yes or no",
    "bool_type": "expected yes or no",
    "dict_type": "expected keys below it, two spaces further in",
    "model_type": "expected keys below it, two spaces further in",
    "date_type": "expected a date such as 2026-03-01",
    "date_parsing": "expected a date such as 2026-03-01",
    "date_from_datetime_parsing": "expected a date such as 2026-03-01",
    "date_from_datetime_inexact": "expected a date such as 2026-03-01",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
}
_LONGEST = 230


def expected(error: Any, kind: str, model: type[BaseModel] | None = None) -> str:
    """One of pydantic's errors in our words, with the nearest name where one was misspelt.

    `kind` is the kind of file, and where its keys are explained; `model` is the whole file's.
    """
    if error["type"] == "extra_forbidden":
        *where, key = error["loc"]
        return f"is not a key of {kind}{meant(key, _keys_at(model, where))}"
    if error["type"] == "missing":
        return _PLAIN["missing"]
    told = _PLAIN.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    names = re.findall(r"'([^']+)'", str((error.get("ctx") or {}).get("expected", "")))
    return f"{told[:_LONGEST]} (found {repr(error['input'])[:60]}{meant(error['input'], names)})"


def _keys_at(model: type[BaseModel] | None, where: Iterable[str | int]) -> list[str]:
    """The keys of the part of a file to which a path leads; none where that can't be told."""
    inside: Any = model
    for step in where:
        part = _part_in(inside)
        if part is None:
            return []
        named = {field.alias or name: field for name, field in part.model_fields.items()}
        # A position in a list, or a name that the agency gave, stays within the same kind of part.
        inside = named[step].annotation if step in named else part
    part = _part_in(inside)
    return [field.alias or name for name, field in part.model_fields.items()] if part else []


def _part_in(annotation: Any) -> type[BaseModel] | None:
    """The kind of part that a type is made of: of `tuple[NoticeRule, ...]` or `dict[str, Division]`, say."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for inner in get_args(annotation) if (part := _part_in(inner))), None)
