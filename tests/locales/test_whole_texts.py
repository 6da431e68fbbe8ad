"""Texts that are put together from several sentences: what each whole one costs."""

import re
from zoneinfo import ZoneInfo

import pytest

from conversations.dialogues.status import TELLS
from locales import FOLDER, LANGUAGES, Catalogs, bill, cheapest, load_samples, render
from locales.po import placeholders
from locales.samples import sample_facts
from rules.facts import case_facts
from rules.values import CASE_STATUSES, Case

CATALOGS = Catalogs.load(FOLDER)
SAMPLES = load_samples()
UTC = ZoneInfo("UTC")

BARE = (
    ("call.delayed",),
    ("case.assigned", "case.assigned.contact"),
    ("correction",),
    ("correction.call",),
    ("rights.thirty_days",),
)
"""What holds no link: one segment with its footer, two in Arabic script."""

LINKED = (
    ("report.filed",),
    ("report.filed.caller",),
    ("rights.notice",),
    ("rights.notice", "rights.thirty_days"),
    ("compensation.notice",),
    ("portal.invited",),
)
"""What holds a link: two segments with its footer, three in Arabic script, four with a second sentence."""


def facts_in(code):
    return sample_facts(
        SAMPLES, [entry.sentence for entry in CATALOGS.entries if entry.sentence.language == code]
    )


def cost(parts, code, **facts):
    text = render(CATALOGS, parts, code, facts_in(code) | facts, UTC).text
    return bill(cheapest(text)).segments


@pytest.mark.parametrize("status", sorted(CASE_STATUSES))
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_status_with_all_that_belongs_to_it_costs_two_segments_or_four_in_arabic_script(language, status):
    facts = facts_in(language.code)
    case = Case(
        "2411-00372-A", status=status, assigned_to=None if status == "open" else "Detective Villanueva"
    )
    facts = {**facts, **case_facts(case)}
    text = render(CATALOGS, TELLS["told"].says, language.code, facts, UTC).text
    assert bill(cheapest(text)).segments <= (4 if language.right_to_left else 2), text


@pytest.mark.parametrize("parts", BARE, ids="+".join)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_notice_without_a_link_costs_one_segment_with_its_footer_or_two_in_arabic_script(language, parts):
    assert cost((*parts, "footer.stop"), language.code) <= (2 if language.right_to_left else 1)


@pytest.mark.parametrize("parts", LINKED, ids="+".join)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_notice_with_a_link_costs_two_segments_with_its_footer_and_one_more_a_sentence_in_arabic_script(
    language, parts
):
    assert cost((*parts, "footer.stop"), language.code) <= (2 + len(parts) if language.right_to_left else 2)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_surge_of_thousands_costs_staff_no_more_than_one_of_two(language):
    assert cost(("staff.surge",), language.code, count=8000) == cost(("staff.surge",), language.code, count=2)


def test_nothing_is_written_right_after_the_address_of_the_portal():
    glued = re.compile(r"\{portal\}\S")
    assert not [
        (entry.sentence.language, entry.sentence.message_id)
        for entry in CATALOGS.entries
        if any(glued.search(form) for form in entry.written)
    ]


@pytest.mark.parametrize("subject", ["email.subject", "email.subject.call", "letter.subject"])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_subject_tells_no_more_than_who_writes_and_which_report(language, subject):
    (form,) = CATALOGS.find(subject, language.code).forms
    assert placeholders(form) <= {"agency", "report_number"}
