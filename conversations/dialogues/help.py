"""What this line is, how to stop it, how to reach a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from conversations.dialogues.safety import PAGE, safety_parts
from conversations.dialogues.table import STAY, Dialogue, Opening, Outcome, Situation, Way, task
from conversations.understanding import Intent
from rules.policy import NoticeClass

SAFETY_IS_REPEATED_FOR = timedelta(hours=2)
"""Who cries for help again may not have understood the first answer: HELP is then no question about this line."""


def _help(s: Situation) -> Outcome:
    given = s.state.safety_at
    if given and s.now - datetime.fromisoformat(given) < SAFETY_IS_REPEATED_FOR and not _in_this_text(s):
        return Outcome("after_" + safety_parts(s).replace("distress.", "").replace("distress", "danger"))
    return Outcome("told")


def _in_this_text(s: Situation) -> bool:
    return Intent.DISTRESS in (s.meaning.intent, *s.meaning.also)


HELP = Dialogue(
    "help",
    "What this line is, what can be written to it, and how to reach a person.",
    openings=(
        Opening(
            Intent.HELP,
            _help,
            {
                "told": Way(("help",), to=STAY),
                "after_danger": Way(("distress", "help"), (PAGE,), STAY, notice_class=NoticeClass.SAFETY),
                "after_no_text_to_911": Way(
                    ("distress.no_text_to_911", "help"), (PAGE,), STAY, notice_class=NoticeClass.SAFETY
                ),
            },
        ),
        Opening(Intent.MENU, lambda s: Outcome("told"), {"told": Way(("help",), to=STAY)}),
        Opening(
            Intent.CALLBACK,
            lambda s: Outcome("noted"),
            {"noted": Way(("callback.confirmed",), (task("callback"),), STAY)},
        ),
    ),
)
