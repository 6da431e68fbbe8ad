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


def test_every_mistake_is_told_not_only_the_first() -> None:
    source = DEMO_SOURCE.replace("America/Phoenix", "Arizona").replace("expires: 20m", "expires: 20", 1)
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
