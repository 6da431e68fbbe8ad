"""In which language we write. What waits is asked again in the new one."""

from __future__ import annotations

from datetime import timedelta

from conversations.dialogues.table import (
    AGAIN,
    END,
    Dialogue,
    Lives,
    Opening,
    Outcome,
    Question,
    Situation,
    Way,
    says,
)
from conversations.understanding import Intent
from conversations.understanding.answers import number
from locales import LANGUAGES

CHOICES = tuple(language.code for language in LANGUAGES)
"""In the order in which `language.which` numbers them."""


def _language(s: Situation) -> Outcome:
    if not s.meaning.chosen_language:
        return Outcome("unnamed")
    settled = s.state.open and s.state.open.question == "language.which"
    return Outcome("settled" if settled else "changed")


def _which(s: Situation) -> Outcome | None:
    chosen = number(s.text)
    if not chosen or chosen > len(CHOICES):
        return None
    return Outcome("changed", language=CHOICES[chosen - 1])


LANGUAGE = Dialogue(
    "language",
    "In which language we write from now on.",
    openings=(
        Opening(
            Intent.LANGUAGE,
            _language,
            {
                "changed": Way(("language.changed",), to=AGAIN),
                "settled": Way(("language.changed",), to=END),
                "unnamed": Way(to="language.which"),
            },
        ),
    ),
    questions=(
        Question(
            "language.which",
            "the number of a language, or its name",
            asks=says("language.which"),
            explains=says("language.which"),
            read=_which,
            ways={"changed": Way(("language.changed",), to=END)},
            lives=Lives(timedelta(hours=24)),
            given_up=None,
        ),
    ),
)
