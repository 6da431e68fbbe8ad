"""What a person's text means: normalised, matched against the words of all six languages, named by intent."""

from conversations.understanding.intents import PRECEDENCE, Intent
from conversations.understanding.normalise import normalise
from conversations.understanding.understand import BOTH, Understanding, understand
from conversations.understanding.vocabulary import LANGUAGES, VocabularyError

__all__ = [
    "BOTH",
    "LANGUAGES",
    "PRECEDENCE",
    "Intent",
    "Understanding",
    "VocabularyError",
    "normalise",
    "understand",
]
