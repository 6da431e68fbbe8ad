"""Reading one PO file: what its translators wrote, approved or not."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

from babel.messages import Message
from babel.messages.pofile import read_po

from locales.bidi import without_controls

_LIMIT = re.compile(r"Limit: (\d)/(\d)")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True)
class Sentence:
    """One message in one language.

    `forms` has one text, or one for each plural form of the language; `plural` tells which of them a
    number takes. Placeholders are written {name}.
    """

    message_id: str
    language: str
    forms: tuple[str, ...]
    plural: Callable[[int], int]

    @property
    def counts(self) -> bool:
        """Whether the wording depends on the fact named `count`."""
        return len(self.forms) > 1

    def form(self, count: int) -> str:
        """The wording for that many."""
        return self.forms[self.plural(count)] if self.counts else self.forms[0]


@dataclass(frozen=True)
class Entry:
    """A sentence with what stands around it in the file.

    `written` is what the file has, where the sentence is without direction marks. `limit` is the segments
    it may take in GSM-7 and in Arabic script; `comment` is for translators.
    """

    sentence: Sentence
    approved: bool
    limit: tuple[int, int] | None
    file: Path
    line: int
    written: tuple[str, ...]
    comment: str


def placeholders(text: str) -> frozenset[str]:
    """The names of the facts a sentence asks for."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, value: Callable[[str], str]) -> str:
    """Put a value in each placeholder, in one pass: a value that looks like a placeholder stays as it is."""
    return _PLACEHOLDER.sub(lambda found: value(found[1]), text)


def entries(path: Path, language: str) -> Iterator[Entry]:
    """Every message of a file. An entry is approved when it is neither fuzzy nor empty."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=None, abort_invalid=True)
    plural = c2py(catalog.plural_expr)
    for message in catalog:
        if message.id:
            yield _entry(message, language, plural, path)


def _entry(message: Message, language: str, plural: Callable[[int], int], path: Path) -> Entry:
    message_id = message.id if isinstance(message.id, str) else message.id[0]
    written = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    forms = tuple(without_controls(form) for form in written)
    comment = " ".join(message.auto_comments)
    limit = _LIMIT.search(comment)
    return Entry(
        sentence=Sentence(message_id, language, forms, plural),
        approved=bool(forms) and all(forms) and not message.fuzzy,
        limit=(int(limit[1]), int(limit[2])) if limit else None,
        file=path,
        line=message.lineno or 0,
        written=written,
        comment=comment,
    )
