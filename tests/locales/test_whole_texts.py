"""Texts that are put together from several sentences: what each whole one costs."""

from zoneinfo import ZoneInfo

import pytest

from conversations.dialogues.status import TELLS
from locales import FOLDER, LANGUAGES, Catalogs, bill, cheapest, load_samples, render
from locales.samples import sample_facts
from rules.facts import case_facts
from rules.values import CASE_STATUSES, Case

CATALOGS = Catalogs.load(FOLDER)
SAMPLES = load_samples()


@pytest.mark.parametrize("status", sorted(CASE_STATUSES))
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_status_with_all_that_belongs_to_it_costs_two_segments_or_four_in_arabic_script(language, status):
    sentences = [entry.sentence for entry in CATALOGS.entries if entry.sentence.language == language.code]
    facts = sample_facts(SAMPLES, sentences)
    case = Case(
        "2411-00372-A", status=status, assigned_to=None if status == "open" else "Detective Villanueva"
    )
    facts = {**facts, **case_facts(case)}
    text = render(CATALOGS, TELLS["told"].says, language.code, facts, ZoneInfo("UTC")).text
    assert bill(cheapest(text)).segments <= (4 if language.right_to_left else 2), text
