"""What there is to say of an offense or of a type of call: message ids of `locales/*/LC_MESSAGES/content.po`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Content:
    """Each list is in the order in which to show it. A sentence that lacks a fact is left out."""

    explanation: str
    """What the code means, in everyday words."""
    next_steps: tuple[str, ...]
    """What can be done now, and what happens next."""
    prevention: tuple[str, ...]
    """What helps from now on."""
    resources: tuple[str, ...]
    """Who helps."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every sentence, in the order of a page."""
        return (self.explanation, *self.next_steps, *self.prevention, *self.resources)


def content_of(entry: Mapping[str, Any], where: str) -> Content:
    """Of an entry of offenses.yaml or topics.yaml; `where` is the file and the entry's name.

    Raises ValueError, with `where` and the part, for one that is missing or empty.
    """
    if lacking := [part.name for part in fields(Content) if not entry.get(part.name)]:
        raise ValueError(f"{where}: lacks {', '.join(lacking)}; expected message ids of content.po")
    return Content(
        explanation=entry["explanation"],
        next_steps=tuple(entry["next_steps"]),
        prevention=tuple(entry["prevention"]),
        resources=tuple(entry["resources"]),
    )
