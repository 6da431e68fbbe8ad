from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from locales import FOLDER, LANGUAGES, Catalogs, Link, bill, cheapest, render
from locales.po import placeholders
from locales.samples import load_samples, sample_facts
from rules.facts import facts_of
from rules.never import never_texted
from rules.offenses import offenses
from rules.policy import POLICIES, BadPolicy, load, parse
from rules.policy_keys import (
    Agency,
    Allowed,
    Channels,
    Conversation,
    Division,
    Feed,
    NoticeClass,
    NoticeRule,
    Policy,
    QuietHours,
    Study,
    Surge,
)
from rules.survey import load_all
from rules.values import FACTS, EventType, Role
from tests.rules.given import DEMO, DEMO_SOURCE, call, case

PARTS = (
    Agency,
    Allowed,
    Channels,
    Conversation,
    Division,
    Feed,
    NoticeRule,
    Policy,
    QuietHours,
    Study,
    Surge,
)
EVERY_KEY = {field.alias or name for part in PARTS for name, field in part.model_fields.items()}
MESSAGES = frozenset(message_id for message_id, _ in Catalogs.load(FOLDER).sentences)
SURVEYS = frozenset(load_all())
OURS = ["demo", "template", "milwaukee", "tucson", "tampa", "phoenix"]


def line_of(source: str, part: str) -> int:
    return source[: source.index(part)].count("\n") + 1


# Every mistake: what to put in the place of what, and the line, the field and the expectation that are told.
MISTAKES = {
    "a missing key": (
        "  name: Saguaro Police\n",
        "",
        "agency",
        "agency.name",
        "is missing; expected a value",
    ),
    "a key nobody knows": (
        "  vine: ",
        "  wine: ",
        None,
        "agency.wine",
        "is not a key of a policy; see rules/policies/template.yaml",
    ),
    "a part that is missing": ("allowed:\n", "alowed:\n", None, "alowed", "is not a key"),
    "an id with capitals": ("id: demo", "id: Demo", None, "agency.id", "should match pattern"),
    "a name too long for a text": (
        "name: Saguaro Police",
        "name: The Saguaro City Police Department",
        None,
        "agency.name",
        "at most 24",
    ),
    "no time zone": (
        "America/Phoenix",
        "Arizona",
        None,
        "agency.time_zone",
        "expected an IANA time zone such as America/Phoenix",
    ),
    "a zone that is a number": ("America/Phoenix", "-7", None, "agency.time_zone", "valid string"),
    "a language we do not speak": (
        "language: en",
        "language: de",
        None,
        "agency.language",
        "'en', 'es', 'fr', 'ar', 'sw' or 'fa'",
    ),
    "no phone": (
        '"+1 520-555-0101"',
        "records desk",
        None,
        "agency.records_phone",
        "expected a phone number such as +15205550100",
    ),
    "a phone without area code": (
        '"+1 520-555-0101"',
        "555-0101",
        None,
        "agency.records_phone",
        "expected a phone number",
    ),
    "911 as a phone": (
        'phone: "+1 520-555-0100"',
        "phone: 911",
        None,
        "agency.phone",
        "expected a phone number",
    ),
    "one phone where a list is": (
        'on_call: ["+1 520-555-0191", "+1 520-555-0192"]',
        'on_call: "+1 520-555-0191"',
        None,
        "agency.on_call",
        "tuple",
    ),
    "a wrong phone in a list": (
        '"+1 520-555-0192"',
        '"+1 520-555"',
        "on_call",
        "agency.on_call.1",
        "expected a phone number",
    ),
    "a wrong phone deep inside": (
        'fraud: "+1 520-555-0123"',
        "fraud: none",
        None,
        "agency.divisions.east.unit_phones.fraud",
        "expected a phone number",
    ),
    "neither yes nor no": (
        "text_to_911: yes",
        "text_to_911: perhaps",
        None,
        "agency.text_to_911",
        "valid boolean",
    ),
    "a call type that is never texted": (
        "    - GRAFFITI",
        "    - battery  dv",
        None,
        "allowed.call_types.BATTERY DV",
        "is never texted (domestic_violence in rules/never.yaml)",
    ),
    "an empty call type": (
        "    - GRAFFITI",
        '    - " "',
        None,
        "allowed.call_types.",
        "expected a code",
    ),
    "a call type that is a mapping": (
        "    - GRAFFITI",
        "    - GRAFFITI: yes",
        None,
        "allowed.call_types.",
        "expected a code",
    ),
    "a recipient that is a mapping": (
        "to: [victim, enrolled]",
        "to: [{victim: yes}]",
        None,
        "notices.4.to.0",
        "expected caller",
    ),
    "a call type in both lists": (
        'highest_priority: ["0", "1"]',
        'highest_priority: ["0"]\n  not_texted:\n    - Flooding\n    - theft',
        "    - theft",
        "allowed.not_texted.THEFT",
        "is among call_types too",
    ),
    "a sensitive offense": (
        '    - "220"  # burglary',
        '    - "11A"',
        None,
        "allowed.offenses.11A",
        "expected a NIBRS code that may be texted",
    ),
    "an offense with nobody to tell": (
        '    - "220"  # burglary',
        '    - "35A"',
        None,
        "allowed.offenses.35A",
        "expected a NIBRS code that may be texted",
    ),
    "an offense that nobody knows": (
        '    - "220"  # burglary',
        "    - 22O",
        None,
        "allowed.offenses.22O",
        "expected a NIBRS code that may be texted",
    ),
    "no highest priority": (
        'highest_priority: ["0", "1"]',
        "highest_priority: []",
        None,
        "allowed.highest_priority",
        "expected at least one, or priority_required: no",
    ),
    "a clock that says 25": (
        'begin: "00:00"',
        'begin: "25:00"',
        None,
        "quiet_hours.begin",
        "expected a time of day in quotes, such as '21:00'",
    ),
    "an hour alone": (
        'begin: "00:00"',
        "begin: 21",
        None,
        "quiet_hours.begin",
        "expected a time of day in quotes",
    ),
    "a time with a zone": (
        'end: "00:00"',
        'end: "08:00Z"',
        None,
        "quiet_hours.end",
        "expected a time of day in quotes",
    ),
    "a proof that we can't ask for": (
        "verify_by: birth_date",
        "verify_by: birthday",
        None,
        "conversation.verify_by",
        "'birth_date' or 'last_name'",
    ),
    "a question that is neither asked nor not": (
        "ask_what_to_stop: no",
        "ask_what_to_stop: sometimes",
        None,
        "conversation.ask_what_to_stop",
        "valid boolean",
    ),
    "an offer of a language we do not speak": (
        "offer_languages: [es, sw]",
        "offer_languages: [es, so]",
        None,
        "conversation.offer_languages.1",
        "'en', 'es', 'fr', 'ar', 'sw' or 'fa'",
    ),
    "an offer that is no list": (
        "offer_languages: [es, sw]",
        "offer_languages: es",
        None,
        "conversation.offer_languages",
        "tuple",
    ),
    "a language that is offered twice": (
        "offer_languages: [es, sw]",
        "offer_languages: [es, sw, es]",
        None,
        "conversation.offer_languages.2",
        "es is there twice; expected each language once",
    ),
    "accents neither folded nor kept": (
        "fold_accents: no",
        "fold_accents: es",
        None,
        "conversation.fold_accents",
        "valid boolean",
    ),
    "a key nobody knows about the conversation": (
        "  fold_accents: no",
        "  fold_acents: no",
        None,
        "conversation.fold_acents",
        "is not a key of a policy",
    ),
    "an event that does not exist": (
        "on: call.received",
        "on: call.recieved",
        None,
        "notices.0.on",
        "'call.received'",
    ),
    "a heartbeat as an event": (
        "on: call.closed",
        "on: feed.heartbeat",
        None,
        "notices.2.on",
        "expected another event",
    ),
    "a suspect as the recipient": (
        "to: [victim, enrolled]",
        "to: [victim, suspect]",
        None,
        "notices.4.to.1",
        "expected caller, enrolled, representative, victim",
    ),
    "nobody as the recipient": ("to: [victim, enrolled]", "to: []", None, "notices.4.to", "at least 1 item"),
    "a recipient that is no list": ("to: [victim, enrolled]", "to: victim", None, "notices.4.to", "tuple"),
    "a condition that is no CEL": (
        "when: party.wireless",
        "when: party is wireless",
        None,
        "notices.0.when",
        "expected a CEL expression",
    ),
    "a condition about an unknown fact": (
        "when: party.wireless",
        "when: party.mobile",
        None,
        "notices.0.when",
        "party.mobile is unknown; expected party.class_of_service",
    ),
    "a condition that is yes": (
        "when: party.wireless",
        "when: true",
        None,
        "notices.0.when",
        "expected a CEL expression in quotes",
    ),
    "a case in a condition about a call": (
        "when: party.wireless",
        "when: case.unit == 'fraud'",
        None,
        "notices.0.when",
        "call.received is about a call; expected nothing about a case",
    ),
    "no message": ("message: [call.dispatched]", "message: []", None, "notices.1.message", "at least 1 item"),
    "a message that is not in the catalogs": (
        "[call.dispatched]",
        "[call.dispached]",
        None,
        "notices.1.message",
        "no message 'call.dispached' in the catalogs",
    ),
    "neither sentences nor a survey": (
        "    message: [call.dispatched]\n",
        "",
        ("- id: call.dispatched", 1),
        "notices.1.message",
        "is missing; expected sentences, or a survey",
    ),
    "a survey that does not exist": (
        "survey: after_call",
        "survey: after_cal",
        None,
        "notices.6.survey",
        "no survey 'after_cal' in rules/surveys; expected after_call, after_report",
    ),
    "a survey that is a list": (
        "survey: after_call",
        "survey: [after_call]",
        None,
        "notices.6.survey",
        "valid string",
    ),
    "sentences beside a survey": (
        "    survey: after_call\n",
        "    survey: after_call\n    message: [call.closed]\n",
        "    message: [call.closed]\n",
        "notices.6.message",
        "expected none beside a survey",
    ),
    "a survey that is a follow-up": (
        "class: survey",
        "class: follow_up",
        ("class: follow_up", 4),
        "notices.6.class",
        "expected survey, since the notice asks one",
    ),
    "a survey that is owed": (
        "    delay: 3s\n",
        "    delay: 3s\n    owed: yes\n",
        ("    owed: yes", 2),
        "notices.6.owed",
        "a survey is owed to nobody",
    ),
    "a survey with a page": (
        "    on: call.closed\n    to: [caller]\n    survey: after_call\n",
        "    on: case.closed\n    to: [caller]\n    survey: after_call\n    page: yes\n",
        ("    page: yes", 2),
        "notices.6.page",
        "have no link to a page",
    ),
    "someone enrolled for what nobody enrolls for": (
        "to: [victim, caller]",
        "to: [victim, enrolled]",
        None,
        "notices.3.to.1",
        "nobody enrolls for report.filed; expected enrolled only with arrest.made, case.assigned",
    ),
    "a class that does not exist": (
        "class: statutory",
        "class: urgent",
        None,
        "notices.4.class",
        "'statutory'",
    ),
    "a notice that calls itself an answer": (
        "class: statutory",
        "class: answer",
        None,
        "notices.4.class",
        "expected statutory, confirmation, follow_up or survey",
    ),
    "a notice that calls itself a safety message": (
        "class: statutory",
        "class: safety",
        None,
        "notices.4.class",
        "expected statutory",
    ),
    "a statutory notice that is not owed": (
        "    owed: yes\n",
        "    owed: no\n",
        None,
        "notices.4.owed",
        "expected yes",
    ),
    "a duration without a unit": (
        "expires: 20m",
        "expires: 20",
        None,
        "notices.1.expires",
        "expected a duration such as 30s, 20m, 2h or 3d",
    ),
    "a duration in words": (
        "expires: 20m",
        "expires: 20 minutes",
        None,
        "notices.1.expires",
        "expected a duration",
    ),
    "a negative duration": ("delay: 0m", "delay: -5m", None, "notices.3.delay", "expected a duration"),
    "a duration of centuries": (
        "expires: 20m",
        "expires: 99999999999d",
        None,
        "notices.1.expires",
        "expected a duration",
    ),
    "a delay longer than the life": (
        "delay: 0m",
        "delay: 3d",
        "expires: 3d",
        "notices.3.expires",
        "expected a life longer than the delay",
    ),
    "no expiry": ("    expires: 12h\n", "", "- id: call.closed", "notices.2.expires", "is missing"),
    "the same notice twice": (
        "- id: call.dispatched",
        "- id: call.received",
        ("- id: call.received", 2),
        "notices.1.id",
        "call.received is there twice",
    ),
    "an empty policy": (DEMO_SOURCE, "", 1, "", "expected a mapping with agency, allowed and notices"),
    "a policy that is a list": (DEMO_SOURCE, "- agency", 1, "", "expected a mapping"),
    "no YAML": ("to: [victim, enrolled]", "to: [victim, enrolled", None, "", "not YAML"),
    "a key twice": ("  language: en\n", "  language: en\n  language: es\n", None, "", "not YAML"),
    "own words for a message that does not exist": (
        "\nnotices:",
        "\ntexts: {call.close: {en: Done}}\nnotices:",
        "texts",
        "texts.call.close",
        "no message of that name",
    ),
    "own words in a language we do not speak": (
        "\nnotices:",
        "\ntexts: {call.closed: {de: Fertig}}\nnotices:",
        "texts",
        "texts.call.closed.de",
        "'en', 'es'",
    ),
    "own words with an unknown fact": (
        "\nnotices:",
        '\ntexts: {call.closed: {en: "{adress}"}}\nnotices:',
        "texts",
        "texts.call.closed.en",
        "{adress} is no fact; expected advocate_phone, agency",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_field_and_what_was_expected(name: str) -> None:
    old, new, where, field, expected = MISTAKES[name]
    assert old in DEMO_SOURCE
    source = DEMO_SOURCE.replace(old, new, 1)
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml", MESSAGES, SURVEYS)
    told = str(caught.value).splitlines()
    mistakes = [line for line in told if f": {field}" in line and expected in line]
    assert mistakes, told
    match where:
        case int():
            line = where
        case (str(part), int(time_found)):
            line = [n for n, text in enumerate(source.splitlines(), 1) if part in text][time_found - 1]
        case str():
            line = line_of(source, where)
        case _:
            line = line_of(source, new.splitlines()[0])
    if "not YAML" not in expected:
        assert mistakes[0].startswith(f"our.yaml:{line}: ")
    else:
        assert mistakes[0].startswith("our.yaml:")


def test_every_mistake_is_told_not_only_the_first() -> None:
    source = DEMO_SOURCE.replace("America/Phoenix", "Arizona").replace("expires: 20m", "expires: 20")
    with pytest.raises(BadPolicy) as caught:
        parse(source, "our.yaml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_wrong_recipient_is_one_mistake() -> None:
    with pytest.raises(BadPolicy) as caught:
        parse(DEMO_SOURCE.replace("to: [victim, enrolled]", "to: [victim, police]"), "our.yaml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_cannot_be_read_is_told_by_its_path(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    with pytest.raises(BadPolicy, match=r"none\.yaml: can't be read: No such file"):
        load(missing)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"agency: Caf\xe9")
    with pytest.raises(BadPolicy, match="expected UTF-8 text, found byte 0xe9"):
        load(latin)


@pytest.mark.parametrize("name", OURS)
def test_our_policies_load_without_a_mistake(name: str) -> None:
    pinned = load(POLICIES / f"{name}.yaml", MESSAGES, SURVEYS)
    assert pinned.policy.notices


@pytest.mark.parametrize("name", OURS)
def test_our_policies_use_only_fictitious_phones(name: str) -> None:
    agency = load(POLICIES / f"{name}.yaml").policy.agency
    phones = [agency.phone, agency.records_phone, agency.advocate_phone, *agency.on_call, *agency.never_text]
    for division in agency.divisions.values():
        phones += [division.substation_phone, *division.unit_phones.values()]
    assert all(phone[5:10] == "55501" for phone in phones if phone)


@pytest.mark.parametrize("name", OURS)
def test_our_policies_tell_an_arrest_to_every_victim_and_owe_it(name: str) -> None:
    (arrest,) = [rule for rule in load(POLICIES / f"{name}.yaml").policy.notices if rule.id == "arrest.made"]
    assert arrest.owed
    assert arrest.notice_class is NoticeClass.STATUTORY
    assert arrest.to == (Role.VICTIM, "enrolled")


@pytest.mark.parametrize("name", OURS)
def test_our_policies_tell_changes_of_a_case_to_whoever_enrolled(name: str) -> None:
    (update,) = [rule for rule in load(POLICIES / f"{name}.yaml").policy.notices if rule.id == "case.updated"]
    assert (update.on, update.to) == (EventType.CASE_STATUS_CHANGED, ("enrolled",))
    assert update.notice_class is NoticeClass.FOLLOW_UP


@pytest.mark.parametrize("name", OURS)
def test_the_offer_of_other_languages_costs_our_policies_a_second_segment_at_most(name: str) -> None:
    policy = load(POLICIES / f"{name}.yaml").policy
    agency, catalogs = policy.agency, Catalogs.load(FOLDER)
    english = [one for (_, code), one in catalogs.sentences.items() if code == agency.language]
    facts = sample_facts(load_samples(), english) | {"agency": agency.name}

    def said(parts: Sequence[str], language: str) -> str:
        return render(catalogs, parts, language, facts, agency.zone, policy.wording).text

    offer = " ".join(said(["language.offer"], code) for code in policy.conversation.offer_languages)
    for notice in policy.notices:
        if notice.message:
            text = said(notice.message, agency.language)
            most = max(2, bill(cheapest(text)).segments)
            assert bill(cheapest(f"{text} {offer}")).segments <= most, notice.id


def test_the_demos_offenses_are_all_against_property() -> None:
    assert {offenses()[code].crime_against for code in DEMO.allowed.offenses} == {"property"}
    assert not [code for code in DEMO.allowed.call_types if never_texted(code)]


@pytest.mark.parametrize("part", PARTS)
def test_the_template_shows_every_key_there_is(part: type[BaseModel]) -> None:
    template = (POLICIES / "template.yaml").read_text(encoding="utf-8")
    for name, field in part.model_fields.items():
        assert re.search(rf"^[ -]*{field.alias or name}:", template, re.MULTILINE), name


EXPLAINED_BY_ITS_NEIGHBOUR = {"end"}


def test_the_template_explains_each_key_where_it_first_stands() -> None:
    lines = (POLICIES / "template.yaml").read_text(encoding="utf-8").splitlines()
    explained: set[str] = set()
    for before, line in pairwise(lines):
        if found := re.match(r"^[ -]*([a-z_]+):", line):
            name = found[1]
            if name in EVERY_KEY - explained:
                last = before.split(":")[0].strip(" -")
                assert "#" in before or (name in EXPLAINED_BY_ITS_NEIGHBOUR and last in explained), line
            explained.add(name)


@pytest.mark.parametrize("name", OURS)
def test_each_notice_of_ours_can_be_said_in_every_language_with_what_is_always_known(name: str) -> None:
    """Its first sentence must never lack a fact: there would be no text at all."""
    policy, catalogs = load(POLICIES / f"{name}.yaml").policy, Catalogs.load(FOLDER)
    for rule in policy.notices:
        record = call() if rule.on.about == "call" else case(status="open", assigned_to="Det. Ortiz")
        known = facts_of(policy, record) | ({"link": Link("https://x.example/m/1")} if rule.page else {})
        for language in LANGUAGES if rule.message else ():
            said = render(catalogs, rule.message, language.code, known, policy.agency.zone, policy.wording)
            assert said.language == language.code
            assert ("https://x.example" in said.text) == rule.page, rule.id


def test_phones_are_kept_in_e164_and_codes_in_capitals() -> None:
    source = DEMO_SOURCE.replace('"+1 520-555-0101"', '"(520) 555-0101"').replace(
        "- GRAFFITI", "- Graf  fiti"
    )
    policy = parse(source, "our.yaml").policy
    assert policy.agency.records_phone == "+15205550101"
    assert "GRAF FITI" in policy.allowed.call_types


def test_a_notice_of_a_call_may_have_a_page_as_one_of_a_report_may() -> None:
    source = DEMO_SOURCE.replace(
        "    message: [call.dispatched]\n", "    message: [call.dispatched]\n    page: yes\n"
    )
    rule = parse(source, "our.yaml").policy.rule("call.dispatched")
    assert rule is not None
    assert rule.page


def test_what_is_left_out_has_its_default() -> None:
    source = DEMO_SOURCE.replace('quiet_hours: {begin: "00:00", end: "00:00"}', "").replace(
        "    page: yes\n", ""
    )
    policy = parse(source, "our.yaml").policy
    assert (policy.quiet_hours.begin, policy.quiet_hours.end) == (time(21), time(8))
    assert not policy.quiet_hours.statutory
    assert policy.allowed.priority_required
    report = policy.notices[3]
    assert (report.page, report.owed, report.task_within) == (False, False, timedelta(hours=24))


@pytest.mark.parametrize(
    ("written", "read"), [("30s", 30), ("20m", 1200), ("2h", 7200), ("3d", 259200), ("0m", 0)]
)
def test_durations_are_read_in_their_unit(written: str, read: int) -> None:
    policy = parse(DEMO_SOURCE.replace("task_within: 24h", f"task_within: {written}"), "our.yaml").policy
    assert policy.notices[4].task_within == timedelta(seconds=read)


def test_a_policy_is_known_by_the_hash_of_its_text() -> None:
    one, same = parse(DEMO_SOURCE, "a"), parse(DEMO_SOURCE, "b")
    other = parse(DEMO_SOURCE + "# a remark\n", "a")
    assert one.hash == same.hash != other.hash
    assert one.source == DEMO_SOURCE


def test_a_policy_can_not_be_changed_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        DEMO.agency.name = "Other"


def test_every_fact_that_our_sentences_hold_is_one_that_own_words_may_hold() -> None:
    held = {
        fact
        for (_, language), s in Catalogs.load(FOLDER).sentences.items()
        if language == "en"
        for form in s.forms
        for fact in placeholders(form)
    }
    assert held <= FACTS
