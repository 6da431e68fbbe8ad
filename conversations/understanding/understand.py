"""From a text to what it means. A pure function: the same text always means the same."""

from dataclasses import dataclass, replace
from functools import cache

from conversations.understanding.answers import is_answer
from conversations.understanding.intents import Intent, by_precedence
from conversations.understanding.matcher import Matcher
from conversations.understanding.normalise import skeleton
from conversations.understanding.reportnumbers import report_numbers
from conversations.understanding.script import language_of_script
from conversations.understanding.vocabulary import Meaning, vocabulary
from conversations.understanding.wholetext import Whole, WholeTexts

# Twilio's OptOutType: the carrier has already acted on it, so it decides, whatever the words.
_CARRIER_TYPES = {"STOP": Intent.OPT_OUT, "START": Intent.OPT_IN, "HELP": Intent.HELP}
_CARRIERS_TO_DECIDE = frozenset({Intent.OPT_OUT, Intent.UNCLEAR_OPT_OUT, Intent.OPT_IN, Intent.HELP})
# What a command at the head of a cry means as well: "STOP he is here", "HELP he has a gun".
_HEADS_A_CRY = frozenset({Intent.OPT_OUT, Intent.HELP, Intent.WRONG_NUMBER})
_HAVE_TOPICS = frozenset({Intent.ENROLL, Intent.UNENROLL})
BOTH = "both"
"""The topic of "alerts and updates"."""
_BESIDE_A_NUMBER = frozenset({Intent.STATUS, Intent.ENROLL, Intent.UNENROLL})
"""What people write beside the number of their report: "status 2411-00372"."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text means.

    `intent` is the strongest meaning and `also` the others, strongest first. `language` is that of the words
    which matched (None: shared by several, or nothing matched); `chosen_language` is the language asked for, where
    the text asks for one by name. `whole` says that the text is nothing but commands and courtesies. `topic` is
    "updates" where ENROLL or UNENROLL (here or in `also`) is about what happens in a case and not about an arrest,
    and BOTH where it is about either.
    """

    intent: Intent
    also: tuple[Intent, ...] = ()
    language: str | None = None
    chosen_language: str | None = None
    whole: bool = False
    topic: str | None = None


@cache
def _readers() -> tuple[Matcher, WholeTexts]:
    return Matcher(vocabulary()), WholeTexts(vocabulary())


def understand(text: str, carrier_opt_out_type: str | None = None) -> Understanding:
    """Return what the text means; `carrier_opt_out_type` is STOP, START or HELP where the carrier said so.

    Any str is accepted. The first call reads the word files (raising VocabularyError), later ones don't.
    """
    matcher, whole_texts = _readers()
    words = skeleton(text)
    whole = whole_texts.cover(words) or Whole()
    meanings = matcher.find(words) | whole.meanings
    if any(meaning.intent is Intent.DISTRESS for meaning in meanings) and not whole.meanings:
        meanings |= {meaning for meaning in whole_texts.opening(words) if meaning.intent in _HEADS_A_CRY}
    found = {meaning.intent for meaning in meanings}
    carriers = _CARRIER_TYPES.get((carrier_opt_out_type or "").strip().upper())
    if carriers:
        found = found - _CARRIERS_TO_DECIDE | {carriers}
    if not found and (beside := _beside_a_number(text)):
        return beside
    ranked = by_precedence(found) or (Intent.ANSWER if is_answer(text) else Intent.UNKNOWN,)
    return Understanding(
        intent=ranked[0],
        also=ranked[1:],
        language=_language(ranked, meanings, whole, words) or language_of_script(text),
        chosen_language=_only({m.chosen_language for m in meanings if m.intent is Intent.LANGUAGE}),
        whole=bool(whole.meanings),
        topic=_topic(ranked, meanings, whole),
    )


def _beside_a_number(text: str) -> Understanding | None:
    """What a text asks for beside the number of a report; None where it has no number, or asks for nothing."""
    words = text.split()
    asked = [word for word in words if not any(character.isdigit() for character in word)]
    if not asked or len(asked) == len(words) or not report_numbers(text):
        return None
    meaning = understand(" ".join(asked))
    return replace(meaning, whole=False) if meaning.intent in _BESIDE_A_NUMBER else None


def _topic(ranked: tuple[Intent, ...], meanings: set[Meaning], whole: Whole) -> str | None:
    """Both topics only where both were named, each by a command: a phrase about updates may speak of alerts too."""
    commands = {meaning.topic for meaning in whole.meanings if meaning.intent in _HAVE_TOPICS}
    if len(commands) > 1:
        return BOTH
    return _only(
        {meaning.topic for meaning in meanings if meaning.intent in _HAVE_TOPICS and meaning.intent in ranked}
    )


def _language(ranked: tuple[Intent, ...], meanings: set[Meaning], whole: Whole, words: str) -> str | None:
    """Return whose words these are; where several languages share them, what else was said may tell.

    Everybody's files hold English wordings, for people write them beside their own. A lone word like STATUS tells
    nothing then; several ("any news on my case") are written by somebody who has English. Not so in a cry, where one
    shared word ("suicide") may be all that was read.
    """
    winning = {meaning.language for meaning in meanings if meaning.intent is ranked[0]}
    # Of what was displaced, only courtesies tell anything: "STOP gracias" is written by somebody who has Spanish.
    beside = {meaning for meaning in meanings if meaning.intent in ranked} | whole.meanings
    beside = {meaning for meaning in beside if meaning.intent is not ranked[0]}
    others = {meaning.language for meaning in beside} | whole.courtesies
    if None in winning:
        return _only(others)
    english = "en" in winning and " " in words and ranked[0] is not Intent.DISTRESS
    return _only(winning) or _only(winning & others) or ("en" if english else None)


def _only(names: set[str | None]) -> str | None:
    known = names - {None}
    return known.pop() if len(known) == 1 else None
