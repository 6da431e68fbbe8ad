"""All sentences in all languages, read once at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from locales.bidi import without_controls
from locales.languages import LANGUAGES, SOURCE
from locales.po import Entry, Sentence, entries

Overrides = Mapping[tuple[str, str], str]
"""An agency's own wording, by (message id, language)."""


class UnknownMessage(LookupError):
    """No catalog has this message, not even the English one."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"no message is named {message_id!r}")
        self.message_id = message_id


@dataclass(frozen=True)
class Catalogs:
    """The approved sentences by (message id, language), and every entry as it stands in its file."""

    sentences: Mapping[tuple[str, str], Sentence]
    entries: tuple[Entry, ...]

    @classmethod
    def load(cls, folder: Path) -> "Catalogs":
        """Read every PO file under folder/<language>/LC_MESSAGES. Unapproved entries are as if absent."""
        found = tuple(
            entry
            for language in LANGUAGES
            for path in sorted((folder / language.code / "LC_MESSAGES").glob("*.po"))
            for entry in entries(path, language.code)
        )
        approved = {
            (entry.sentence.message_id, entry.sentence.language): entry.sentence
            for entry in found
            if entry.approved
        }
        return cls(MappingProxyType(approved), found)

    def find(self, message_id: str, language: str, overrides: Overrides | None = None) -> Sentence:
        """The sentence in that language, or else in English; the agency's own wording before ours.

        Raises UnknownMessage.
        """
        for tried in (language, SOURCE):
            own = overrides.get((message_id, tried)) if overrides else None
            if own:
                return Sentence(message_id, tried, (without_controls(own),), plural=_only)
            if sentence := self.sentences.get((message_id, tried)):
                return sentence
        raise UnknownMessage(message_id)


def _only(_count: int) -> int:
    return 0
