"""The phone belongs to somebody else: unlinked from every case, and nothing is revealed."""

from __future__ import annotations

from conversations.dialogues.table import END, Dialogue, Opening, Outcome, Way, change, task
from conversations.effects import Unlink
from conversations.understanding import Intent

WRONG_NUMBER = Dialogue(
    "wrong number",
    "The phone is not the person's whom we mean. The same words whether or not it stood on a case.",
    openings=(
        Opening(
            Intent.WRONG_NUMBER,
            lambda s: Outcome("unlinked"),
            {"unlinked": Way(("wrong_number.confirmed",), (change(Unlink()), task("wrong_number")), END)},
        ),
    ),
)
