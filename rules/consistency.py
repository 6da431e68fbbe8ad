"""What is right line by line in a policy and yet wrong together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.never import never_texted
from rules.offenses import offenses
from rules.policy_keys import (
    OF_THE_CONVERSATION,
    TOPIC_OF,
    Allowed,
    Channel,
    Conversation,
    NoticeClass,
    NoticeRule,
    Policy,
    Study,
)
from rules.topics import topics
from rules.values import FACTS, EventType
from rules.yamlfile import Where, meant


def inconsistencies(
    policy: Policy, known_messages: frozenset[str] | None, known_surveys: frozenset[str] | None
) -> Iterator[tuple[Where, str]]:
    """What is right line by line and yet wrong together."""
    seen: set[str] = set()
    for index, notice in enumerate(policy.notices):
        at: Where = ("notices", index)
        if notice.id in seen:
            yield (*at, "id"), f"{notice.id} is there twice; expected each notice once"
        seen.add(notice.id)
        yield from _wrong_notice(notice, at)
        yield from _wrong_words(notice, at, known_messages, known_surveys)
        yield from _wrong_ways(policy, notice, at)
        yield from _wrong_ends(policy, notice, at)
    yield from _wrong_offers(policy.conversation)
    yield from _wrong_lists(policy.allowed)
    yield from _wrong_studies(policy)
    yield from _wrong_rights(policy, known_messages)
    yield from _wrong_texts(policy, known_messages)


def _wrong_notice(notice: NoticeRule, at: Where) -> Iterator[tuple[Where, str]]:
    """About whom, to whom, when and as what."""
    if notice.delay >= notice.expires:
        yield (*at, "expires"), "expected a life longer than the delay"
    if notice.notice_class in OF_THE_CONVERSATION:
        yield (*at, "class"), "expected statutory, confirmation, follow_up or survey"
    if notice.notice_class is NoticeClass.STATUTORY and not notice.owed:
        yield (*at, "owed"), "expected yes, since the law's notice is owed if it can't be texted"
    if notice.on is EventType.FEED_HEARTBEAT:
        yield (*at, "on"), "a heartbeat is about nobody; expected another event"
    if "enrolled" in notice.to and notice.on not in TOPIC_OF:
        what = f"nobody enrolls for {notice.on}; expected enrolled only with {', '.join(sorted(TOPIC_OF))}"
        yield (*at, "to", notice.to.index("enrolled")), what
    if notice.when and (other := ({"call", "case"} - {notice.on.about}) & notice.when.names):
        what = f"{notice.on} is about a {notice.on.about}; expected nothing about a {other.pop()}"
        yield (*at, "when"), what


def _wrong_words(
    notice: NoticeRule, at: Where, known_messages: frozenset[str] | None, known_surveys: frozenset[str] | None
) -> Iterator[tuple[Where, str]]:
    """What it says: sentences, or a survey's first question."""
    for part in notice.message:
        if known_messages is not None and part not in known_messages:
            yield (*at, "message"), f"no message {part!r} in the catalogs{meant(part, known_messages)}"
    yield from _wrong_parts(notice, at)
    if notice.survey is None:
        if not notice.message:
            yield (*at, "message"), "is missing; expected sentences, or a survey"
        return
    if known_surveys is not None and notice.survey not in known_surveys:
        known = ", ".join(sorted(known_surveys)) or "none, since there are no surveys"
        what = f"no survey {notice.survey!r} in rules/surveys; expected {known}{meant(notice.survey, known_surveys)}"
        yield (*at, "survey"), what
    if notice.message:
        yield (*at, "message"), "expected none beside a survey, which has its own sentences"
    if notice.notice_class is not NoticeClass.SURVEY:
        yield (*at, "class"), "expected survey, since the notice asks one"
    if notice.page:
        yield (*at, "page"), "expected no: a survey's sentences have no link to a page"
    if notice.owed:
        yield (*at, "owed"), "expected no: a survey is owed to nobody"


_ABOUT = {
    "call": "call",
    "report": "case",
    "case": "case",
    "arrest": "case",
    "rights": "case",
    "portal": "case",
    "compensation": "case",
}
"""How the name of a notice's sentence begins -> what it is about. All others, but footers, are for other uses."""
_ENDS = "footer."
_OF_AN_ARREST = "arrest."
_OF_A_DELAY = "call.delayed"


def _wrong_parts(notice: NoticeRule, at: Where) -> Iterator[tuple[Where, str]]:
    """Sentences that say nothing of this event, or say what is not so."""
    for index, part in enumerate(notice.message):
        about = _ABOUT.get(part.partition(".")[0])
        if part in notice.message[:index]:
            yield (*at, "message"), f"{part} is there twice; expected each sentence once"
        elif about is None and not part.startswith(_ENDS):
            begins = ", ".join(f"{one}." for one in sorted(_ABOUT))
            yield (
                (*at, "message"),
                f"{part} is no sentence of a notice; expected one that begins with {begins}",
            )
        elif about not in (None, notice.on.about) and notice.on.about:
            what = f"{part} tells of a {about}, and {notice.on} is about a {notice.on.about}"
            yield (*at, "message"), f"{what}; expected sentences about a {notice.on.about}"
        elif part.startswith(_OF_AN_ARREST) and notice.on is not EventType.ARREST_MADE:
            yield (*at, "message"), f"{part} tells of an arrest; expected it only on {EventType.ARREST_MADE}"
    if notice.message and all(part.startswith(_ENDS) for part in notice.message):
        yield (*at, "message"), "expected a sentence that tells something before the footer"
    if _OF_A_DELAY in notice.message and notice.delay and not notice.until:
        what = "expected the stages that end it, such as [call.arrived, call.closed]: else it is a guess"
        yield (*at, "until"), what


def _wrong_ways(policy: Policy, notice: NoticeRule, at: Where) -> Iterator[tuple[Where, str]]:
    """By which channels it goes."""
    if not notice.by:
        yield (*at, "by"), "expected text, email or letter, or several of them"
    for index, channel in enumerate(notice.by):
        if channel in notice.by[:index]:
            yield (*at, "by", index), f"{channel} is there twice; expected each channel once"
    if Channel.EMAIL in notice.by and policy.agency.email is None:
        what = "expected agency.email beside it: without an address of its own the agency sends no email"
        yield (*at, "by", notice.by.index(Channel.EMAIL)), what
    if Channel.LETTER in notice.by and not policy.agency.address:
        what = "expected agency.address beside it: a letter needs a sender"
        yield (*at, "by", notice.by.index(Channel.LETTER)), what
    if Channel.LETTER in notice.by[:-1]:
        yield (*at, "by"), "expected the letter last: nobody is told whether it arrived"
    if notice.together and not {Channel.TEXT, Channel.EMAIL} <= set(notice.by):
        yield (*at, "together"), "expected text and email among its channels"
    if notice.survey is not None and set(notice.by) != {Channel.TEXT}:
        yield (*at, "by"), "expected text: a survey is asked question by question"
    if _INVITES in notice.message and policy.agency.portal is None:
        what = f"expected agency.portal beside {_INVITES}: without its address nobody can open the portal"
        yield (*at, "message"), what


_INVITES = "portal.invited"

_CALL_STAGES = frozenset(kind for kind in EventType if kind.about == "call") - {EventType.CALL_RECLASSIFIED}


def _wrong_ends(policy: Policy, notice: NoticeRule, at: Where) -> Iterator[tuple[Where, str]]:
    """What ends it, and what tells the same."""
    if notice.until and notice.on.about != "call":
        yield (*at, "until"), "only a call has stages that end a notice; expected a call's event"
    if strangers := sorted(notice.until - _CALL_STAGES):
        yield (
            (*at, "until"),
            f"{strangers[0]} is no stage of a call; expected {', '.join(sorted(_CALL_STAGES))}",
        )
    if notice.on in notice.until:
        yield (*at, "until"), f"{notice.on} begins it, so it can't end it"
    if notice.same_as is not None:
        other = policy.rule(notice.same_as)
        if other is None:
            near = meant(notice.same_as, (one.id for one in policy.notices))
            what = f"there is no notice {notice.same_as!r}; expected the id of another one{near}"
            yield (*at, "same_as"), what
        elif other is notice or other.same_as is not None:
            yield (*at, "same_as"), "expected another notice, that is not itself the same as a third"
        elif other.on.about != notice.on.about:
            yield (*at, "same_as"), f"{other.id} is about a {other.on.about}; expected one about the same"
    if notice.study and (notice.owed or notice.notice_class is not NoticeClass.FOLLOW_UP):
        what = "expected no: a study keeps no right, no confirmation and no survey from anybody"
        yield (*at, "study"), what


def _wrong_studies(policy: Policy) -> Iterator[tuple[Where, str]]:
    for index, study in enumerate(policy.studies):
        at: Where = ("studies", index)
        if study.end < study.begin:
            yield (*at, "end"), "lies before its begin; expected the last day of the study"
        for division in sorted(study.divisions - set(policy.agency.divisions)):
            known = ", ".join(sorted(policy.agency.divisions)) or "none, since the agency has none"
            near = meant(division, policy.agency.divisions)
            yield (*at, "divisions"), f"no division {division!r} in agency.divisions; expected {known}{near}"
        for other in policy.studies[:index]:
            if study.name == other.name:
                yield (*at, "name"), f"{study.name} is there twice; expected a name of its own"
            if _overlap(study, other):
                yield (*at, "begin"), f"overlaps with {other.name}; expected one study a division and day"


def _overlap(one: Study, other: Study) -> bool:
    shared = not one.divisions or not other.divisions or bool(one.divisions & other.divisions)
    return shared and one.begin <= other.end and other.begin <= one.end


def _wrong_rights(policy: Policy, known_messages: frozenset[str] | None) -> Iterator[tuple[Where, str]]:
    for index, message_id in enumerate(policy.agency.rights):
        if known_messages is not None and message_id not in known_messages:
            what = f"no message {message_id!r} in the catalogs{meant(message_id, known_messages)}"
            yield ("agency", "rights", index), what


def _wrong_offers(conversation: Conversation) -> Iterator[tuple[Where, str]]:
    offered = conversation.offer_languages
    for index, language in enumerate(offered):
        if language in offered[:index]:
            what = f"{language} is there twice; expected each language once"
            yield ("conversation", "offer_languages", index), what


def _wrong_lists(allowed: Allowed) -> Iterator[tuple[Where, str]]:
    if allowed.priority_required and not allowed.highest_priority:
        what = "expected at least one, or priority_required: no for a feed that has no priorities"
        yield ("allowed", "highest_priority"), what
    for code in sorted(allowed.call_types):
        if subject := never_texted(code):
            what = f"is never texted ({subject} in rules/never.yaml); expected another call type"
            yield ("allowed", "call_types", code), what
    for code in sorted(allowed.call_types & allowed.not_texted):
        yield ("allowed", "not_texted", code), "is among call_types too; expected it in one list"
    yield from _wrong_topics(allowed)
    texted = {code for code, offense in offenses().items() if offense.stance == "texted"}
    for code in sorted(allowed.offenses - texted):
        yield ("allowed", "offenses", code), "expected a NIBRS code that may be texted"


def _wrong_topics(allowed: Allowed) -> Iterator[tuple[Where, str]]:
    for code, topic in allowed.topics.items():
        if topic not in topics():
            known = ", ".join(sorted(topics()))
            what = f"no topic {topic!r} in rules/topics.yaml; expected {known}{meant(topic, topics())}"
            yield ("allowed", "topics", code), what
        if code not in allowed.call_types:
            near = meant(code, allowed.call_types)
            yield (
                ("allowed", "topics", code),
                f"is not among call_types; expected a call type that is texted{near}",
            )


_LONGEST = 480
"""Of a sentence of an agency's own: three segments, or seven in Arabic letters."""
_WHY_IT_MUST = {
    "{agency}": "who writes must be named (47 CFR 64.1200(a)(12))",
    "STOP": "how to end the texts must be told, in the one word that every carrier knows",
    "911": "it stands where somebody may be in danger",
}
_MUST_HOLD = {
    "opt_out.confirmed": ("{agency}",),
    "help": ("{agency}", "STOP", "911"),
    "footer.stop": ("STOP",),
    "footer.help_stop": ("STOP",),
    "distress": ("911",),
    "distress.no_text_to_911": ("911",),
}
"""What an agency's own wording can't leave out."""


def _wrong_texts(policy: Policy, known_messages: frozenset[str] | None) -> Iterator[tuple[Where, str]]:
    for name in ("name", "long_name"):
        if not getattr(policy.agency, name).isprintable():
            yield ("agency", name), "expected one line of letters that can be seen"
    for message_id, sentences in policy.texts.items():
        if known_messages is not None and message_id not in known_messages:
            near = meant(message_id, known_messages)
            yield ("texts", message_id), f"no message of that name in the catalogs{near}"
        for language, sentence in sentences.items():
            if not sentence.strip():
                yield ("texts", message_id, language), "expected a sentence"
            for held in _MUST_HOLD.get(message_id, ()):
                if held not in sentence:
                    yield ("texts", message_id, language), f"expected {held} in it: {_WHY_IT_MUST[held]}"
            if len(sentence) > _LONGEST:
                what = f"expected at most {_LONGEST} characters, found {len(sentence)}"
                yield ("texts", message_id, language), what
            if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", sentence)):
                yield ("texts", message_id, language), "expected braces in pairs around a fact: {agency}"
            if strangers := sorted(set(re.findall(r"\{([^{}]*)\}", sentence)) - FACTS):
                what = f"{{{strangers[0]}}} is no fact; expected {', '.join(sorted(FACTS))}{meant(strangers[0], FACTS)}"
                yield ("texts", message_id, language), what
