"""Danger: looked for before everything else, answered at once, never capped."""

from __future__ import annotations

from conversations.dialogues.table import STAY, Dialogue, Opening, Outcome, Situation, Way, task
from conversations.understanding import Intent
from rules.policy import NoticeClass

PAGE = task("distress", hours=0, urgent=True)


def safety_parts(s: Situation) -> str:
    """The fixed answer, in the form that holds where the agency is."""
    return "distress" if s.facts.agency.text_to_911 else "distress.no_text_to_911"


def _distress(s: Situation) -> Outcome:
    return Outcome("text_to_911" if s.facts.agency.text_to_911 else "no_text_to_911")


SAFETY = Dialogue(
    "safety",
    "Somebody is in danger, is threatened, or speaks of dying.",
    openings=(
        Opening(
            Intent.DISTRESS,
            _distress,
            {
                "text_to_911": Way(("distress",), (PAGE,), STAY, notice_class=NoticeClass.SAFETY),
                "no_text_to_911": Way(
                    ("distress.no_text_to_911",), (PAGE,), STAY, notice_class=NoticeClass.SAFETY
                ),
            },
        ),
    ),
)
