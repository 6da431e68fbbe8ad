"""Everything that can be talked about with the line, declared as tables. `docs/dialogues.md` is drawn from them."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.dialogues.consent import CONSENT
from conversations.dialogues.contacts import CONTACTS
from conversations.dialogues.enrollment import ENROLLMENT
from conversations.dialogues.fallback import FALLBACK
from conversations.dialogues.help import HELP
from conversations.dialogues.language import LANGUAGE
from conversations.dialogues.safety import SAFETY
from conversations.dialogues.status import STATUS
from conversations.dialogues.survey import SURVEY
from conversations.dialogues.table import Dialogue, Opening, Question
from conversations.dialogues.verification import VERIFICATION
from conversations.dialogues.wrong_number import WRONG_NUMBER
from conversations.understanding import Intent

DIALOGUES: tuple[Dialogue, ...] = (
    SAFETY,
    CONSENT,
    HELP,
    WRONG_NUMBER,
    LANGUAGE,
    STATUS,
    VERIFICATION,
    ENROLLMENT,
    CONTACTS,
    SURVEY,
    FALLBACK,
)
"""In the order in which they are looked for."""

OPENINGS: Mapping[Intent, Opening] = {
    opening.intent: opening for dialogue in DIALOGUES for opening in dialogue.openings
}
QUESTIONS: Mapping[str, Question] = {
    question.name: question for dialogue in DIALOGUES for question in dialogue.questions
}

__all__ = ["DIALOGUES", "OPENINGS", "QUESTIONS"]
